"""The rule for the constructive travelling salesman in the code release of MCTS-AHD (Zheng, Xie, Wang and Hooi, "Monte
Carlo tree search for comprehensive exploration in LLM-based automatic heuristic design", ICML 2025; the repository's
`problems/tsp_constructive/gpt.py`, written by a language model), restated for this problem's arguments and for
a square of side 100 instead of 1."""

import numpy as np

CITIES, SIDE = 50, 100


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
    unvisited = left * CITIES
    decay = 0.5 - 0.1 / unvisited
    spread = unvisited * around / (SIDE + (unvisited - 1) * mean)
    return -(0.6 * here / SIDE + 0.4 * decay * spread)


# EVOLVE-BLOCK-END
