"""The lifecycles of the budget: six tables, read like the regulation they come from."""

from budgets.lifecycle.moves import CARRY_OVER, TRANSFER
from budgets.lifecycle.proposal import PROPOSAL
from budgets.lifecycle.report import REPORT
from budgets.lifecycle.review import REVIEW
from budgets.lifecycle.round import ROUND

LIFECYCLES = {"round": ROUND, "proposal": PROPOSAL, "review": REVIEW, "report": REPORT}
LIFECYCLES |= {"carry_over": CARRY_OVER, "transfer": TRANSFER}

__all__ = ["CARRY_OVER", "LIFECYCLES", "PROPOSAL", "REPORT", "REVIEW", "ROUND", "TRANSFER"]
