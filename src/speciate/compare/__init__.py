"""What comparisons of recipes are made of."""
