"""The emulated services: one folder each; none imports another."""
