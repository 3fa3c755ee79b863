"""What is true about bookings. Standard library only; times are whole Unix seconds unless a name says otherwise."""
