"""Pure functions that compute what a client signs: used by the gates, the `sign` command and the explainer."""
