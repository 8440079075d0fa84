import numpy as np


# EVOLVE-BLOCK-START
def priority(item: float, bins: np.ndarray) -> np.ndarray:
    """Best fit: the fuller the bin would be, the better."""
    return item - bins


# EVOLVE-BLOCK-END
