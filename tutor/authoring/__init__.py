"""Writing lessons: a file is proved, its problems shown, its play previewed while somebody writes."""
