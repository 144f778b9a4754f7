"""One factory per model. What takes many steps is `@remembered`: `remembered.py` says in ten lines what keeps it fast."""
