"""What a rule is handed to ask its question with."""
