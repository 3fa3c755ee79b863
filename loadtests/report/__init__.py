"""What a run is told as: on the terminal, as JSON, as CSV, and as one HTML file to send around."""
