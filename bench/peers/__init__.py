"""Other programs that are measured beside this one, each started in a process of its own."""
