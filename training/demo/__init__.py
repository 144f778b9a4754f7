"""Training's part of the demonstration."""
