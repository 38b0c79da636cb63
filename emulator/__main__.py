"""`python -m emulator` is the command `moderation-emulator`."""

from emulator.cli import main

main()
