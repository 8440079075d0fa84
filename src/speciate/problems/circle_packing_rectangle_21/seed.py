import numpy as np

CIRCLES = 21


def polish(circles: np.ndarray) -> np.ndarray:
    """A local optimum near these centres: sequential linear programs (Griffith & Stewart 1961) over centres, radii
    and the width of the rectangle.

    Two discs keep apart along their present line of centres. That is stricter than keeping apart, so each program's
    solution is a packing, no smaller than the last. What rounding leaves over is taken off at the end. The rectangle
    lies between (0, 0) and (width, 2 - width).
    Shape (21, 3) in and out, rows x, y, r; the radii given are not used. What has another shape comes back unchanged.
    """
    circles = np.asarray(circles, dtype=float)
    if circles.shape != (CIRCLES, 3) or not np.isfinite(circles).all():
        return circles
    centres, width = settled(circles[:, :2])
    radii, last = np.zeros(CIRCLES), 0.0
    with np.errstate(all="ignore"):
        for _ in range(15):
            moved = maximize(*packing_program(centres, radii, width))
            if not np.isfinite(moved).all():
                break
            centres, radii, width = moved[: 2 * CIRCLES].reshape(2, CIRCLES).T, moved[2 * CIRCLES : -1], moved[-1]
            if radii.sum() < last + 1e-11:
                break
            last = radii.sum()
    return fitting(centres, np.maximum(radii, 1e-9))


def settled(centres: np.ndarray) -> tuple[np.ndarray, float]:
    """The same figure with its least corner at the origin, in a scale where the circles could just fit, and the width
    of the rectangle that has its form."""
    low, high = centres.min(axis=0) / 2, centres.max(axis=0) / 2
    size = max((high - low).max(), 1e-300)
    form = np.maximum((high - low) / size, 0.25)  # no side is less than a quarter of the other
    sides = 2 * form / form.sum()
    return 0.05 + 0.9 * sides * ((centres / 2 - low) / size / form), float(sides[0])


def packing_program(centres: np.ndarray, radii: np.ndarray, width: float, step: float = 0.1) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all x, all y, all r, the width; nothing moves by more than
    `step`."""
    n = CIRCLES
    one, other = np.triu_indices(n, 1)
    apart = centres[one] - centres[other]
    distance = np.hypot(*apart.T)
    near = distance < radii[one] + radii[other] + (0.3 if radii.any() else 0.6)
    one, other, apart, distance = one[near], other[near], apart[near], distance[near]
    line = np.where(distance[:, None] > 1e-12, apart / np.maximum(distance, 1e-12)[:, None], [1.0, 0.0])
    pair, pairs = np.arange(len(one)), np.zeros((len(one), 3 * n + 1))
    for axis in range(2):  # r_i + r_j - line @ (c_i - c_j) <= 0
        pairs[pair, axis * n + one], pairs[pair, axis * n + other] = -line[:, axis], line[:, axis]
    pairs[pair, 2 * n + one] = pairs[pair, 2 * n + other] = 1
    place, radius = np.eye(2 * n, 3 * n + 1), np.tile(np.eye(n, 3 * n + 1, 2 * n), (2, 1))
    sides = np.outer(np.repeat([-1.0, 1.0], n), np.eye(1, 3 * n + 1, 3 * n))  # x + r <= width, y + r <= 2 - width
    flat, moving = np.append(centres.T.ravel(), width), np.delete(np.eye(3 * n + 1), np.s_[2 * n : 3 * n], axis=0)
    rows = np.concatenate([pairs, radius - place, radius + place + sides, moving, -moving, -radius[:n]])
    limits = [np.zeros(len(one) + 2 * n), np.repeat([0.0, 2.0], n), flat + step, step - flat, np.zeros(n)]
    goal = np.repeat([0.0, 1.0, 0.0], [2 * n, n, 1])
    start = np.concatenate([flat[:-1], np.maximum(radii, 0.01), flat[-1:]])
    return goal, rows, np.concatenate(limits), start


def fitting(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """The figure times one number and its radii times another, so that the rectangle around it is none too large and no
    two circles overlap, rounding included."""
    sides = ((centres + radii[:, None]).max(axis=0) - (centres - radii[:, None]).min(axis=0)).sum()
    scale = min(1.0, 2 / sides) * (1 - 4e-15)
    centres, radii = centres * scale, radii * scale
    one, other = np.triu_indices(CIRCLES, 1)
    distance = np.hypot(*(centres[one] - centres[other]).T)
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
    """Equal circles on a grid of five by five, shape (21, 3): x, y, r."""
    cell = np.arange(21)
    return np.stack([(2 * (cell % 5) + 1) / 10, (2 * (cell // 5) + 1) / 10, np.full(21, 0.099)], axis=1)


# EVOLVE-BLOCK-END
