"""The registry's pages, by who works on them."""
