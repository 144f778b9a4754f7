"""PostgreSQL, Redis and Chromium for the tests: found by environment variable, or as local binaries.

What is started here listens on loopback alone, lives in a temporary folder, and is stopped here.
"""
