"""Writing lessons: proving a file, reporting its problems, previewing its play."""
