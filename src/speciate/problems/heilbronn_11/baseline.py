"""What a specialist writes in an hour: the least area grows by sequential linear programs (Griffith & Stewart 1961) in
a trust region, each by an interior point method (Mehrotra 1992), every triangle keeping its orientation; from several
random starts, and from the best of them with one point elsewhere. One start a program."""

from itertools import combinations

import numpy as np

SEED = 0
POINTS = 11
STARTS, HOPS = 5, 3
FIRST, SECOND, THIRD = np.array(list(combinations(range(POINTS), 3))).T


def construct() -> np.ndarray:
    """The best figure on the way; shape (11, 2), rows u, v."""
    rng = np.random.default_rng(SEED)
    best = max((settled(uniform(rng, POINTS)) for _ in range(STARTS)), key=least)
    for _ in range(HOPS):
        other = best + rng.normal(0, 0.01, best.shape)
        other[rng.integers(POINTS)] = uniform(rng, 1)
        best = max(best, settled(other), key=least)
    return best


def uniform(rng: np.random.Generator, count: int) -> np.ndarray:
    """Points of the triangle u, v >= 0, u + v <= 1; shape (count, 2)."""
    points = rng.random((count, 2))
    return np.where(points.sum(axis=1, keepdims=True) > 1, 1 - points, points)


def least(points: np.ndarray) -> float:
    return float(np.abs(areas(points)).min())


def settled(points: np.ndarray) -> np.ndarray:
    """A local optimum near these points."""
    points, step = inside(points), 0.1
    with np.errstate(all="ignore"):
        for _ in range(40):
            solution = maximize(*area_program(points, step))
            moved, hoped = inside(solution[:-1].reshape(2, POINTS).T), solution[-1] - least(points)
            gain = least(moved) - least(points) if np.isfinite(moved).all() else np.nan
            if gain > 1e-13:
                points, step = moved, min(2 * step, 0.2) if gain > 0.75 * hoped else step
            else:
                step /= 4
            if step < 1e-7 or not hoped > 1e-7:
                break
    return points


def area_program(points: np.ndarray, step: float) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all u, all v, the least area; no step beyond `step`."""
    n, area, (u, v) = POINTS, areas(points), points.T
    sign, size, triple = np.where(area < 0, -1, 1)[:, None], np.abs(area), np.arange(len(FIRST))
    change = np.zeros((len(FIRST), 2 * n + 1))  # of a triangle's size with each coordinate
    for one, two, three in ((FIRST, SECOND, THIRD), (SECOND, THIRD, FIRST), (THIRD, FIRST, SECOND)):
        change[triple, one], change[triple, n + one] = v[two] - v[three], u[three] - u[two]
    change, flat, box = change * sign, np.append(u, v), np.eye(2 * n, 2 * n + 1)
    near = size < size.min() + 6 * step + 0.02
    least = np.eye(1, 2 * n + 1, 2 * n)
    rows = np.concatenate([least - change[near], -box, box[:n] + box[n:], box, -box])
    limits = [(size - change[:, :-1] @ flat)[near], np.zeros(2 * n), np.ones(n), flat + step, step - flat]
    return least[0], rows, np.concatenate(limits), np.append(flat, size.min())


def areas(points: np.ndarray) -> np.ndarray:
    """Of all 165 triangles, as shares of the whole, with the sign of their orientation."""
    u, v = points.T
    du, dv, eu, ev = u[SECOND] - u[FIRST], v[SECOND] - v[FIRST], u[THIRD] - u[FIRST], v[THIRD] - v[FIRST]
    return np.asarray(du * ev - eu * dv)


def inside(points: np.ndarray) -> np.ndarray:
    """Within u, v >= 0 and u + v <= 1, rounding included."""
    points = np.clip(points, 0, 1)
    total = points.sum(axis=1, keepdims=True)
    return np.where(total > 1 - 1e-15, points / np.maximum(total, 0.5) * (1 - 2e-15), points)


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
