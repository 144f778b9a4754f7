"""The lifecycles of the budget: seven tables, read like the regulation they come from."""

from budgets.lifecycle.moves import CARRY_OVER, ITEM_CHANGE, TRANSFER
from budgets.lifecycle.proposal import PROPOSAL
from budgets.lifecycle.report import REPORT
from budgets.lifecycle.review import REVIEW
from budgets.lifecycle.round import ROUND

LIFECYCLES = {"round": ROUND, "proposal": PROPOSAL, "review": REVIEW, "report": REPORT}
LIFECYCLES |= {"carry_over": CARRY_OVER, "item_change": ITEM_CHANGE, "transfer": TRANSFER}

__all__ = ["CARRY_OVER", "ITEM_CHANGE", "LIFECYCLES", "PROPOSAL", "REPORT", "REVIEW", "ROUND", "TRANSFER"]
