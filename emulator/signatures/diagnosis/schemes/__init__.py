"""The schemes that calls are signed by: one file each, with the slips that its clients make."""
