"""Every step the tables went through, oldest first."""
