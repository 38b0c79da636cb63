"""How bytes and texts are written on the wire."""
