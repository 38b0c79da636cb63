"""The schemes that calls are signed by: one file each, with the mistakes that its clients make."""
