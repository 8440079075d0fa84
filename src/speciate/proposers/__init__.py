"""What makes candidates: operators on syntax, numbers tuned, and mixtures of proposers."""
