"""The emulated services: one folder each, strangers to one another."""
