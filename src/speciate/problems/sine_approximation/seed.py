# EVOLVE-BLOCK-START
def sine(x: float) -> float:
    """Two terms of the Taylor series."""
    return x - x * x * x / 6


# EVOLVE-BLOCK-END
