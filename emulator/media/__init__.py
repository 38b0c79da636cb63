"""Pictures: what their bytes say, and samples to be drawn."""
