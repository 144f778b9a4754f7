"""What everybody reads: the public texts, how they are published, found, counted, followed and kept."""
