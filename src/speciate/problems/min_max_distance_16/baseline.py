"""What a specialist writes in an hour: the greatest distance is 1, and the least grows by sequential linear programs
(Griffith & Stewart 1961) in a trust region, each by an interior point method (Mehrotra 1992), from several random
starts. One start a program."""

import numpy as np

SEED = 0
POINTS = 16
STARTS = 5
ONE, OTHER = np.triu_indices(POINTS, 1)


def construct() -> np.ndarray:
    """The best figure on the way; shape (16, 2), rows x, y, the least distance 1."""
    rng = np.random.default_rng(SEED)
    best = max((settled(rng.random((POINTS, 2))) for _ in range(STARTS)), key=least)
    return np.asarray(best / least(best))


def least(points: np.ndarray) -> float:
    return float(lengths(points).min())


def settled(points: np.ndarray) -> np.ndarray:
    """A local optimum near these points, its greatest distance 1."""
    points, step = scaled(points), 0.1
    with np.errstate(all="ignore"):
        for _ in range(40):
            moved = scaled(maximize(*distance_program(points, step))[:-1].reshape(2, POINTS).T)
            gain = least(moved) - least(points) if np.isfinite(moved).all() else np.nan
            if gain > 1e-11:
                points = moved
            else:
                step /= 4
            if step < 1e-7:
                break
    return points


def distance_program(points: np.ndarray, step: float) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all x, all y, the least distance; no step beyond `step`."""
    n, distance = POINTS, lengths(points)
    line, pair = (points[ONE] - points[OTHER]) / distance[:, None], np.arange(len(ONE))
    along = np.zeros((len(ONE), 2 * n + 1))  # along @ z is the distance of two points along their present line
    for axis in range(2):
        along[pair, axis * n + ONE], along[pair, axis * n + OTHER] = line[:, axis], -line[:, axis]
    near, far = along[distance < distance.min() + 3 * step], along[distance > 1 - 3 * step]
    box, flat, least = np.eye(2 * n, 2 * n + 1), points.T.ravel(), np.eye(1, 2 * n + 1, 2 * n)
    rows = np.concatenate([least - near, far, box, -box])
    limits = np.concatenate([np.zeros(len(near)), np.ones(len(far)), flat + step, step - flat])
    return least[0], rows, limits, np.append(flat, distance.min())


def lengths(points: np.ndarray) -> np.ndarray:
    """All 120 distances."""
    return np.asarray(np.hypot(*(points[ONE] - points[OTHER]).T))


def scaled(points: np.ndarray) -> np.ndarray:
    """The same figure with its greatest distance 1."""
    return np.asarray((points - points.mean(axis=0)) / lengths(points).max())


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
