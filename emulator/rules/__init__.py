"""Who judges a subject: rules, magic words, or nobody."""
