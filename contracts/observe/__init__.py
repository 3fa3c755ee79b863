"""Pure judges: from the contract and one exchange to what is wrong with it."""
