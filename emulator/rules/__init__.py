"""Who decides about an item or a call: a rule, a magic word, or the default."""
