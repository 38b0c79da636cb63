"""The contract of a provider: `pytest --pyargs moderation_emulator.contract` holds every provider that is found to it.

What a provider brings for that is said in `kit`.
"""
