"""What an account remembers between calls. There is one kind of store: memory."""
