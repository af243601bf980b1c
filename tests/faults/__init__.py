"""What must never happen, shown by making it happen."""
