"""What an office writes and signs: drafts, their completeness, versions and comparison."""
