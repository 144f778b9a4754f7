"""One factory per model. What takes many steps is `@remembered`: `remembered.py` says in ten lines how that is fast."""
