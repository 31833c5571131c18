"""What machines ask for, by what it is about."""
