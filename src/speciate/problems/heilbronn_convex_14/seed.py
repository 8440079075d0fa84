from itertools import combinations

import numpy as np

POINTS = 14
FIRST, SECOND, THIRD = np.array(list(combinations(range(POINTS), 3))).T


def polish(points: np.ndarray) -> np.ndarray:
    """A local optimum near these points: sequential linear programs (Griffith & Stewart 1961) in a trust region.

    The least triangle grows against the convex hull; every triangle keeps its orientation, and with them the hull its
    corners; areas are taken at first order. Shape (14, 2) in and out, rows x, y, the hull's area 1. What has another
    shape comes back unchanged.
    """
    points = np.asarray(points, dtype=float)
    if points.shape != (POINTS, 2) or not np.isfinite(points).all():
        return points
    points, step = normal(points), 0.05
    if np.abs(areas(points)).min() < 1e-9:  # then no direction is better than another
        points = normal(0.9 * points + 0.1 * parabola())
    with np.errstate(all="ignore"):
        least = share(points)
        for number in range(60):
            solution = maximize(*area_program(points, step))
            moved, hoped = solution[:-1].reshape(2, POINTS).T, solution[-1] - least
            gain = share(moved) - least
            if gain > 1e-13:
                points, least = normal(moved), least + gain
                step = min(2 * step, 0.2) if gain > 0.75 * hoped else step
            elif np.isfinite(gain):
                step = min(step, np.abs(moved - points).max()) / 3
            else:
                break
            if step < 1e-9 or (number > 5 and hoped < 1e-7 * least):
                break
    return points


def area_program(points: np.ndarray, step: float) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all x, all y, the least area; no step beyond `step`."""
    n, area, (x, y) = POINTS, areas(points), points.T
    sign, size, triple = np.where(area < 0, -1, 1)[:, None], np.abs(area), np.arange(len(FIRST))
    change = np.zeros((len(FIRST), 2 * n + 1))  # of a triangle's size with each coordinate
    for one, two, three in ((FIRST, SECOND, THIRD), (SECOND, THIRD, FIRST), (THIRD, FIRST, SECOND)):
        change[triple, one], change[triple, n + one] = (y[two] - y[three]) / 2, (x[three] - x[two]) / 2
    change, flat, box = change * sign, np.append(x, y), np.eye(2 * n, 2 * n + 1)
    near = size < size.min() + 6 * step + 0.02
    least, whole = np.eye(1, 2 * n + 1, 2 * n), np.zeros((1, 2 * n + 1))  # and the hull's, whose area stays 1
    ring = corners(points)
    whole[0, ring] = (y[np.roll(ring, -1)] - y[np.roll(ring, 1)]) / 2
    whole[0, n + ring] = (x[np.roll(ring, 1)] - x[np.roll(ring, -1)]) / 2
    rows = np.concatenate([least - change[near], whole, box, -box])
    limits = [(size - change[:, :-1] @ flat)[near], whole[:, :-1] @ flat, flat + step, step - flat]
    return least[0], rows, np.concatenate(limits), np.append(flat, size.min())


def areas(points: np.ndarray) -> np.ndarray:
    """Of all triangles, with the sign of their orientation."""
    x, y = points.T
    du, dv, eu, ev = x[SECOND] - x[FIRST], y[SECOND] - y[FIRST], x[THIRD] - x[FIRST], y[THIRD] - y[FIRST]
    return np.asarray((du * ev - eu * dv) / 2)


def corners(points: np.ndarray) -> np.ndarray:
    """Of the convex hull, in order: each the one that all others are to the left of (Jarvis 1973)."""
    ring = [int(np.lexsort(points.T)[0])]
    while len(ring) <= POINTS:
        x, y = (points - points[ring[-1]]).T
        left = x[:, None] * y >= y[:, None] * x  # whether each is to the left of the way to each, or on it
        left[(x == 0) & (y == 0)] = False  # where it is itself, and what coincides with it
        following = int(np.argmax(left.sum(axis=1)))
        if (points[following] == points[ring[0]]).all():
            break
        ring.append(following)
    return np.array(ring)


def share(points: np.ndarray) -> float:
    """The least triangle against the convex hull."""
    (x, y) = points[corners(points)].T
    return float(2 * np.abs(areas(points)).min() / np.abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def normal(points: np.ndarray) -> np.ndarray:
    """The affine image that is as round as can be, around 0, with a hull of area 1; the parabola for what is flat."""
    points = points / max(np.abs(points).max(), 1e-300)
    points = points - points.mean(axis=0)
    value, vector = np.linalg.eigh(points.T @ points / POINTS)
    if not value[0] > 1e-12 * value[1] > 0:
        return normal(parabola())
    points = points @ vector / np.sqrt(value)
    x, y = points[corners(points)].T
    area = np.abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    return np.asarray(points / np.sqrt(area)) if area > 1e-9 else normal(parabola())


def parabola() -> np.ndarray:
    """Points no three of which are in line."""
    x = np.linspace(-1, 1, POINTS)
    return np.stack([x, x**2], axis=1)


def maximize(goal: np.ndarray, rows: np.ndarray, limits: np.ndarray, start: np.ndarray) -> np.ndarray:
    """x with the greatest goal @ x over rows @ x <= limits: Mehrotra's predictor-corrector method (1992)."""
    x, slack, dual = start, np.maximum(limits - rows @ start, 1e-3), np.full(len(rows), 0.1)
    for _ in range(30):
        short, off, gap = limits - rows @ x - slack, goal - rows.T @ dual, slack @ dual / len(rows)
        if gap < 1e-14 and np.abs(short).max() < 1e-12:
            break
        normal = (rows.T * (dual / slack)) @ rows + 1e-12 * np.eye(len(x))
        try:
            inverse = np.linalg.inv(normal)
        except np.linalg.LinAlgError:
            break
        target, share = -slack * dual, 1.0
        for last in (False, True):
            dx = inverse @ (off - rows.T @ ((target - dual * short) / slack))
            ds = short - rows @ dx
            dy = (target - dual * ds) / slack
            a, b = (min(1.0, 0.995 * (-v / d)[d < 0].min(initial=2.0)) for v, d in ((slack, ds), (dual, dy)))
            if not last:
                share = ((slack + a * ds) @ (dual + b * dy) / len(rows) / gap) ** 3
                target = share * gap - slack * dual - ds * dy
        if not np.isfinite(dx).all() or not np.isfinite(dy).all():
            break
        x, slack, dual = x + a * dx, slack + a * ds, dual + b * dy
    return x


# EVOLVE-BLOCK-START
def construct() -> np.ndarray:
    """Points on a parabola, no three in line, shape (14, 2): x, y."""
    x = np.linspace(-1, 1, 14)
    return np.stack([x, x**2], axis=1)


# EVOLVE-BLOCK-END
