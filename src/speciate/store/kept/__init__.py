"""What pages show that the tables of format 1 cannot tell: moves by model, spending, islands, grids, causes, notes."""
