"""Pictures: what their bytes say, and how sample pictures are drawn."""
