"""What all work in this process shares: memory, and the time of its event loop."""
