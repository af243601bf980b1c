"""`python -m maintenance`, the same as the `maintenance` command."""

from maintenance.cli import main

if __name__ == "__main__":
    main(prog_name="maintenance")
