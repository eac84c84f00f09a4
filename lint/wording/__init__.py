"""The wording engine: from visible text to a verdict on its tone."""
