"""The files of docs/deploy, as they are."""
