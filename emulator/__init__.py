"""moderation-emulator: a server that answers like the content-moderation services Chinese apps call."""

__version__ = "0.1.0"
