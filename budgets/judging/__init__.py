"""What becomes of a proposal until it is scored: screening, reviewers and their ties, questions, findings, ranks."""
