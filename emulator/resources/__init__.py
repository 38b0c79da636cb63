"""What all work in this process has to share: memory, and the turns of its loop."""
