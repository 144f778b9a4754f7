"""How a company applies: the questions, what it wrote, what is missing, renewal, what was mended after a return."""
