"""What of the registry waits for one person, by who works on it."""
