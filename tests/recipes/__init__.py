"""The recipes of docs/architecture.md, carried out on a copy of the program."""
