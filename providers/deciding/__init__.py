"""What the registry does: checks, decisions, companies, listings and their life, complaints."""
