import numpy as np

POINTS = 14
ONE, OTHER = np.triu_indices(POINTS, 1)


def polish(points: np.ndarray) -> np.ndarray:
    """A local optimum near these points: sequential linear programs (Griffith & Stewart 1961) in a trust region.

    The greatest distance is 1 and the least one grows; every distance is taken along its present line.
    Shape (14, 3) in and out, in any scale. What has another shape comes back unchanged.
    """
    points = np.asarray(points, dtype=float)
    if points.shape != (POINTS, 3) or not np.isfinite(points).all():
        return points
    points, step, slow = scaled(apart(points)), 0.1, 0
    least = lengths(points).min()
    with np.errstate(all="ignore"):
        for _ in range(40):
            flat = maximize(*distance_program(points, step))[:-1]
            moved = scaled(flat.reshape(3, POINTS).T)
            gain = lengths(moved).min() - least
            if gain > 1e-13:
                points, least, slow = moved, least + gain, slow + 1 if gain < 1e-9 else 0
            elif np.isfinite(gain):
                step = min(step, np.abs(moved - points).max()) / 3
            else:
                break
            if slow == 3 or step < 1e-9:
                break
    return np.asarray(points / least)  # the least distance is 1


def distance_program(points: np.ndarray, step: float) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all x, all y, all z, the least distance; no step beyond `step`."""
    n, distance = POINTS, lengths(points)
    line, pair = (points[ONE] - points[OTHER]) / distance[:, None], np.arange(len(ONE))
    along = np.zeros((len(ONE), 3 * n + 1))  # along @ z is the distance of two points along their present line
    for axis in range(3):
        along[pair, axis * n + ONE], along[pair, axis * n + OTHER] = line[:, axis], -line[:, axis]
    near, far = along[distance < distance.min() + 3 * step], along[distance > 1 - 3 * step]
    box, flat, least = np.eye(3 * n, 3 * n + 1), points.T.ravel(), np.eye(1, 3 * n + 1, 3 * n)
    rows = np.concatenate([least - near, far, box, -box])
    limits = np.concatenate([np.zeros(len(near)), np.ones(len(far)), flat + step, step - flat])
    return least[0], rows, limits, np.append(flat, distance.min())


def lengths(points: np.ndarray) -> np.ndarray:
    """All 91 distances."""
    return np.asarray(np.sqrt(((points[ONE] - points[OTHER]) ** 2).sum(axis=1)))


def scaled(points: np.ndarray) -> np.ndarray:
    """The same figure with its greatest distance 1."""
    return np.asarray((points - points.mean(axis=0)) / lengths(points).max())


def apart(points: np.ndarray) -> np.ndarray:
    """The same figure in a handy scale, and on a small spiral where points coincide."""
    low, high = points.min(axis=0) / 2, points.max(axis=0) / 2
    points = (points / 2 - low) / max((high - low).max(), 1e-300)
    if lengths(points).min() > 1e-3:
        return points
    turn = np.arange(POINTS)
    spiral = np.sqrt(turn)[:, None] * np.stack([np.cos(2.4 * turn), np.sin(2.4 * turn), turn % 3], axis=1)
    return np.asarray(points + 0.02 * spiral)


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
    """Corners of a grid of three by three by two, shape (14, 3): x, y, z."""
    return np.array([[float(cell // 6), float(cell // 2 % 3), float(cell % 2)] for cell in range(14)])


# EVOLVE-BLOCK-END
