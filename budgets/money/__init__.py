"""What is done with money: the ledger and its moves, reports, sums, and the trail of one baht."""
