"""What a specialist writes in an hour: the least distance is 1 and the square of the greatest a variable, SLSQP (Kraft
1988) from several random starts. One start a program."""

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

SEED = 0
POINTS = 16
STARTS = 4
ONE, OTHER = np.triu_indices(POINTS, 1)
PAIR = np.arange(len(ONE))


def construct() -> np.ndarray:
    """The best figure on the way; shape (16, 2), rows x, y."""
    rng = np.random.default_rng(SEED)
    return min((settled(4 * rng.random((POINTS, 2))) for _ in range(STARTS)), key=ratio)


def squares(points: np.ndarray) -> np.ndarray:
    """All 120 squared distances."""
    return np.asarray(((points[ONE] - points[OTHER]) ** 2).sum(axis=1))


def ratio(points: np.ndarray) -> float:
    found = squares(points)
    return float(found.max() / max(found.min(), 1e-12))


def settled(points: np.ndarray) -> np.ndarray:
    """A local optimum near these points, z = all x, all y, the square of the greatest distance."""
    n = POINTS
    goal = np.eye(1, 2 * n + 1, 2 * n)[0]

    def within(z: np.ndarray) -> np.ndarray:
        found = squares(z[:-1].reshape(2, n).T)
        return np.concatenate([found - 1, z[-1] - found])

    def slope(z: np.ndarray) -> np.ndarray:
        rows = np.zeros((len(ONE), 2 * n + 1))
        for axis in (0, n):
            gap = 2 * (z[axis + ONE] - z[axis + OTHER])
            rows[PAIR, axis + ONE], rows[PAIR, axis + OTHER] = gap, -gap
        return np.concatenate([rows, goal - rows])

    found = minimize(
        lambda z: z[-1],
        np.append(points.T.ravel(), squares(points).max()),
        jac=lambda z: goal,
        method="SLSQP",
        constraints=[{"type": "ineq", "fun": within, "jac": slope}],
        options={"maxiter": 100, "ftol": 1e-13},
    ).x
    return np.asarray(found[:-1].reshape(2, n).T) if np.isfinite(found).all() else points
