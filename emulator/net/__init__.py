"""Calls to other hosts, and the checks that guard them."""
