"""Settings: what they are, how they are read at start, and how they change while the server runs."""
