"""Results that are pushed to the receivers of applications."""
