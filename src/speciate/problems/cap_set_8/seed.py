import numpy as np


# EVOLVE-BLOCK-START
def priority(
    a: np.ndarray,
    b: np.ndarray,
    c: np.ndarray,
    d: np.ndarray,
    e: np.ndarray,
    f: np.ndarray,
    g: np.ndarray,
    h: np.ndarray,
) -> np.ndarray:
    """All alike: the vectors are taken in the order of the dictionary."""
    return np.zeros_like(a)


# EVOLVE-BLOCK-END
