"""Signatures: pure functions that compute what a client signs, for the gates, the `sign` command and the diagnosis."""
