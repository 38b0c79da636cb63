"""What an account remembers between calls. One engine today: memory."""
