import numpy as np


def priority(item: float, bins: np.ndarray) -> np.ndarray:
    """The rule that FunSearch evolved for Weibull items (Romera-Paredes et al., Nature 2024), restated.

    From each score that of the bin before it is taken, so it is no rule of this problem: it cannot be asked for a
    table. Packed item by item it has 0.65 % on the lists of the search and 0.79 % on the fresh ones.
    """
    scores = (bins - bins.max()) ** 2 / item + bins**2 / item**2 + bins**2 / item**3
    scores = np.where(bins > item, -scores, scores)
    return np.diff(scores, prepend=0.0)
