"""Settings: what they are, where they are read from, and how they change while the server runs."""
