"""Where HTTP enters."""
