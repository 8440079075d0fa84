"""The priority function for cap sets in 8 dimensions that FunSearch evolved (Romera-Paredes et al., "Mathematical
discoveries from program search with large language models", Nature 2024), restated for arrays."""

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
    vector = [a, b, c, d, e, f, g, h]
    zeros = sum((each == 0).astype(float) for each in vector)
    outer, middle, inner = b == h, c == g, d == f
    score = np.full(a.shape, 8.0)
    for equal in (outer, middle):
        score = score * np.where((zeros > 0) & equal, 0.5, 1.0)
    score = np.where(zeros == 0, score + 64, score)
    for equal in (outer, middle, inner):
        score = score * np.where((zeros == 0) & equal, 1.5, 1.0)
    seen = np.zeros_like(a)
    for each in vector:
        later = np.where(seen == zeros - 1, score * 0.5, score * (8 * 0.5**seen))
        score = np.where(each == 0, np.where(seen == 0, score * 4, later), score + 1)
        seen = seen + (each == 0)
    for equal in (outer, middle):
        score = score * np.where(equal, 1.5, 1.0)
    return score


# EVOLVE-BLOCK-END
