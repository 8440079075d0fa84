import numpy as np

CIRCLES = 32


def polish(circles: np.ndarray) -> np.ndarray:
    """A local optimum near these centres: sequential linear programs (Griffith & Stewart 1961) over centres and radii.

    Two discs keep apart along their present line of centres. That is stricter than keeping apart, so each program's
    solution is a packing, no smaller than the last. What rounding leaves over is taken off the radii at the end.
    Shape (32, 3) in and out, rows x, y, r; the radii given are not used. What has another shape comes back unchanged.
    """
    circles = np.asarray(circles, dtype=float)
    if circles.shape != (CIRCLES, 3) or not np.isfinite(circles).all():
        return circles
    centres, radii, last = np.clip(circles[:, :2], 0, 1), np.zeros(CIRCLES), 0.0
    with np.errstate(all="ignore"):
        for _ in range(15):
            moved = maximize(*packing_program(centres, radii))
            if not np.isfinite(moved).all():
                break
            centres, radii = moved[: 2 * CIRCLES].reshape(2, CIRCLES).T, moved[2 * CIRCLES :]
            if radii.sum() < last + 1e-11:
                break
            last = radii.sum()
    return fitting(np.clip(centres, 1e-3, 1 - 1e-3), np.maximum(radii, 1e-9))


def packing_program(centres: np.ndarray, radii: np.ndarray, step: float = 0.1) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all x, all y, all r; no coordinate moves by more than `step`."""
    n = CIRCLES
    one, other = np.triu_indices(n, 1)
    apart = centres[one] - centres[other]
    distance = np.hypot(*apart.T)
    near = distance < radii[one] + radii[other] + (0.3 if radii.any() else 0.6)
    one, other, apart, distance = one[near], other[near], apart[near], distance[near]
    line = np.where(distance[:, None] > 1e-12, apart / np.maximum(distance, 1e-12)[:, None], [1.0, 0.0])
    pair, pairs = np.arange(len(one)), np.zeros((len(one), 3 * n))
    for axis in range(2):  # r_i + r_j - line @ (c_i - c_j) <= 0
        pairs[pair, axis * n + one], pairs[pair, axis * n + other] = -line[:, axis], line[:, axis]
    pairs[pair, 2 * n + one] = pairs[pair, 2 * n + other] = 1
    place, radius, flat = np.eye(2 * n, 3 * n), np.tile(np.eye(n, 3 * n, 2 * n), (2, 1)), centres.T.ravel()
    rows = np.concatenate([pairs, radius - place, radius + place, place, -place, -radius[:n]])
    limits = [np.zeros(len(one) + 2 * n), np.ones(2 * n), flat + step, step - flat, np.zeros(n)]
    goal = np.repeat([0.0, 1.0], [2 * n, n])
    return goal, rows, np.concatenate(limits), np.concatenate([flat, np.maximum(radii, 0.01)])


def fitting(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """All radii times one number, so that no two circles overlap and none leaves the square, rounding included."""
    one, other = np.triu_indices(CIRCLES, 1)
    distance = np.hypot(*(centres[one] - centres[other]).T)
    radii = np.minimum(radii, np.minimum(centres, 1 - centres).min(axis=1) * (1 - 1e-15))
    factor = min(1.0, (distance / (radii[one] + radii[other])).min() * (1 - 4e-15))
    return np.column_stack([centres, radii * factor])


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
    """Equal circles on a grid of six by six, shape (32, 3): x, y, r."""
    cell = np.arange(32)
    return np.stack([(2 * (cell % 6) + 1) / 12, (2 * (cell // 6) + 1) / 12, np.full(32, 0.083)], axis=1)


# EVOLVE-BLOCK-END
