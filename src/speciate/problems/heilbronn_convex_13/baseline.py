"""What a specialist writes in an hour: basin hopping (Wales & Doye 1997) by moving points into the largest holes, each
figure made locally optimal by sequential linear programs (SciPy's HiGHS). One start a program."""

from itertools import combinations

import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]
from scipy.spatial import ConvexHull  # type: ignore[import-untyped]

SEED = 0
POINTS = 13
HOPS = 15
PLACES, FEW = 150, 12  # that are tried for a point that moves, and judged together with the hull
TRIPLES = np.array(list(combinations(range(POINTS), 3)))
PAIRS = np.array(list(combinations(range(POINTS - 1), 2))).T


def construct() -> np.ndarray:
    """The best figure on the way, shape (13, 2)."""
    rng = np.random.default_rng(SEED)
    best = rng.normal(size=(POINTS, 2))
    for _ in range(15 * POINTS):
        best = relocated(best, rng)
    best = climbed(best)
    for _ in range(HOPS):
        moved = best + 0.02 * rng.normal(size=best.shape)
        for _ in range(rng.integers(1, 5)):
            moved = relocated(moved, rng)
        other = climbed(moved)
        best = other if share(other) > share(best) else best
    return best


def relocated(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random point at the best of its own place and random ones, by the least triangle that it forms there against
    the hull."""
    number = int(rng.integers(POINTS))
    rest = np.delete(points, number, axis=0)
    spread = rest.std(axis=0) * 1.3
    places = np.vstack([points[number], rest.mean(axis=0) + spread * rng.normal(size=(PLACES, 2))])
    one, two = rest[PAIRS]
    sides = two - one
    away = places[:, None] - one
    least = np.abs(sides[:, 0] * away[..., 1] - sides[:, 1] * away[..., 0]).min(axis=1) / 2
    figures = [np.insert(rest, number, places[each], axis=0) for each in np.argsort(-least)[:FEW]]
    return max(figures, key=share)


def climbed(points: np.ndarray) -> np.ndarray:
    """A local optimum: the least triangle grows while the hull's area, to first order, does not."""
    step = 0.1
    while step > 1e-7:
        hull = ConvexHull(points)
        points = points / np.sqrt(hull.volume)
        moved = points + programmed(points, hull.vertices, step)
        gain = share(moved) - share(points)
        points = moved if gain > 0 else points
        step = step if gain > 1e-3 * share(points) else step / 4
    return points


def programmed(points: np.ndarray, ring: np.ndarray, step: float) -> np.ndarray:
    """The best move of at most a step in each coordinate, triangles linearised about points with a hull of area 1."""
    n = POINTS
    areas = signed(points)
    sign, rows = np.sign(areas), np.arange(len(TRIPLES))
    slopes, hull = np.zeros((len(TRIPLES), n, 2)), np.zeros((n, 2))
    for one, two, three in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        slopes[rows, TRIPLES[:, one]] = turned(points[TRIPLES[:, three]] - points[TRIPLES[:, two]]) * sign[:, None]
    hull[ring] = turned(np.roll(points[ring], -1, axis=0) - np.roll(points[ring], 1, axis=0)) * -1
    near = np.abs(areas) < np.abs(areas).min() + 4 * step
    least = np.ones((near.sum(), 1))
    found = linprog(
        np.r_[np.zeros(2 * n), -1.0],
        A_ub=np.r_[np.c_[-slopes[near].reshape(-1, 2 * n), least], np.r_[hull.ravel(), 0.0][None]],
        b_ub=np.r_[np.abs(areas)[near], 0.0],
        bounds=[(-step, step)] * (2 * n) + [(0, None)],
        method="highs",
    )
    return found.x[:-1].reshape(n, 2) if found.x is not None else np.zeros((n, 2))


def turned(sides: np.ndarray) -> np.ndarray:
    """The derivatives of a triangle's area by the corner opposite to these sides, which go round it anticlockwise."""
    return np.stack([-sides[:, 1], sides[:, 0]], axis=1) / 2


def signed(points: np.ndarray) -> np.ndarray:
    """The areas of all triangles, positive where they go round anticlockwise."""
    one, two, three = (points[TRIPLES[:, corner]] for corner in range(3))
    along, across = two - one, three - one
    return np.asarray(along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]) / 2


def share(points: np.ndarray) -> float:
    """The least triangle against the convex hull."""
    return float(np.abs(signed(points)).min() / ConvexHull(points).volume)
