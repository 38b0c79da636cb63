"""HTTP: reads requests, and hands each to the control API or to a provider."""
