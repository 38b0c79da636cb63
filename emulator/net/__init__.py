"""Calls to other hosts, and what guards them."""
