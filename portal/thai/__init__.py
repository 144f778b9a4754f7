"""The Thai kit: digits, dates, money, order, search and working days."""
