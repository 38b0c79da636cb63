"""Made-up data that looks real: ids, names, sentences."""
