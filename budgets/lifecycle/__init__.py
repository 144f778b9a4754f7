"""The lifecycles of the budget: four tables, read like the regulation they come from."""

from budgets.lifecycle.proposal import PROPOSAL
from budgets.lifecycle.report import REPORT
from budgets.lifecycle.review import REVIEW
from budgets.lifecycle.round import ROUND

LIFECYCLES = {"round": ROUND, "proposal": PROPOSAL, "review": REVIEW, "report": REPORT}

__all__ = ["LIFECYCLES", "PROPOSAL", "REPORT", "REVIEW", "ROUND"]
