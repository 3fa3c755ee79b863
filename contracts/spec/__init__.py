"""The contract document, and what its readers want of it."""
