"""What a specialist writes in an hour: the least area as a variable, every triangle with its orientation kept, SLSQP
(Kraft 1988) from several random starts; then the best of them with one point elsewhere. One start a program."""

from itertools import combinations

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

SEED = 0
POINTS = 11
STARTS, HOPS = 5, 3
FIRST, SECOND, THIRD = np.array(list(combinations(range(POINTS), 3))).T
TRIPLE = np.arange(len(FIRST))


def construct() -> np.ndarray:
    """The best figure on the way; shape (11, 2), rows u, v."""
    rng = np.random.default_rng(SEED)
    best = max((settled(uniform(rng, POINTS)) for _ in range(STARTS)), key=least)
    for _ in range(HOPS):
        other = best.copy()
        other[rng.integers(POINTS)] = uniform(rng, 1)
        best = max(best, settled(other + rng.normal(0, 0.01, other.shape)), key=least)
    return best


def uniform(rng: np.random.Generator, count: int) -> np.ndarray:
    """Points of the triangle u, v >= 0, u + v <= 1; shape (count, 2)."""
    points = rng.random((count, 2))
    return np.where(points.sum(axis=1, keepdims=True) > 1, 1 - points, points)


def areas(points: np.ndarray) -> np.ndarray:
    """Of all 165 triangles, as shares of the whole, with the sign of their orientation."""
    u, v = points.T
    du, dv, eu, ev = u[SECOND] - u[FIRST], v[SECOND] - v[FIRST], u[THIRD] - u[FIRST], v[THIRD] - v[FIRST]
    return np.asarray(du * ev - eu * dv)


def least(points: np.ndarray) -> float:
    return float(np.abs(areas(points)).min())


def settled(points: np.ndarray) -> np.ndarray:
    """A local optimum near these points, z = all u, all v, the least area."""
    n, points = POINTS, inside(points)
    sign = np.where(areas(points) < 0, -1.0, 1.0)
    outer = np.concatenate([-np.eye(n), -np.eye(n), np.zeros((n, 1))], axis=1)
    goal = np.eye(1, 2 * n + 1, 2 * n)[0]

    def large(z: np.ndarray) -> np.ndarray:
        return np.asarray(sign * areas(z[:-1].reshape(2, n).T) - z[-1])

    def slope(z: np.ndarray) -> np.ndarray:
        u, v = z[:n], z[n : 2 * n]
        rows = np.zeros((len(FIRST), 2 * n + 1))
        for one, two, three in ((FIRST, SECOND, THIRD), (SECOND, THIRD, FIRST), (THIRD, FIRST, SECOND)):
            rows[TRIPLE, one], rows[TRIPLE, n + one] = sign * (v[two] - v[three]), sign * (u[three] - u[two])
        rows[:, -1] = -1
        return rows

    found = minimize(
        lambda z: -z[-1],
        np.append(points.T.ravel(), least(points)),
        jac=lambda z: -goal,
        method="SLSQP",
        bounds=[(0, 1)] * (2 * n + 1),
        constraints=[
            {"type": "ineq", "fun": large, "jac": slope},
            {"type": "ineq", "fun": lambda z: 1 + outer @ z, "jac": lambda z: outer},
        ],
        options={"maxiter": 60, "ftol": 1e-11},
    ).x
    moved = inside(found[:-1].reshape(2, n).T)
    return max(points, moved, key=least) if np.isfinite(found).all() else points


def inside(points: np.ndarray) -> np.ndarray:
    """Within u, v >= 0 and u + v <= 1, rounding included."""
    points = np.clip(points, 0, 1)
    total = points.sum(axis=1, keepdims=True)
    return np.where(total > 1 - 1e-15, points / np.maximum(total, 0.5) * (1 - 2e-15), points)
