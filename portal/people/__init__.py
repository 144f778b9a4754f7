"""Accounts and posts: how people come in, what they hold, how that ends."""
