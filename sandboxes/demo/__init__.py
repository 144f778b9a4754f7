"""The sandbox's part of the demonstration: pilots in every state, led there by the real steps."""
