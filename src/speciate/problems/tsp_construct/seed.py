import numpy as np


# EVOLVE-BLOCK-START
def priority(
    here: np.ndarray,
    home: np.ndarray,
    nearest: np.ndarray,
    second: np.ndarray,
    mean: np.ndarray,
    closest: np.ndarray,
    around: np.ndarray,
    left: float,
) -> np.ndarray:
    """Nearest neighbour: the closer to where the salesman is, the better."""
    return -here


# EVOLVE-BLOCK-END
