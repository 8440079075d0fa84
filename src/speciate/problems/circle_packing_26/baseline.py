"""What a specialist writes in an hour: sequential linear programs (Griffith & Stewart 1961) over all centres and radii,
each by an interior point method (Mehrotra 1992), from a random start; then basin hopping (Wales & Doye 1997): a small
circle goes to a hole, two change places, all are shaken. One start a program."""

import numpy as np

SEED = 0
CIRCLES = 26
HOPS = 15
ONE, OTHER = np.triu_indices(CIRCLES, 1)


def construct() -> np.ndarray:
    """The best packing on the way; shape (26, 3), rows x, y, r."""
    rng = np.random.default_rng(SEED)
    best = settled(rng.random((CIRCLES, 2)))
    for hop in range(HOPS):
        moved = settled(hopped(best, hop, rng))
        best = moved if moved[:, 2].sum() > best[:, 2].sum() else best
    return best


def hopped(circles: np.ndarray, hop: int, rng: np.random.Generator) -> np.ndarray:
    """Centres to go on from."""
    centres, radii = circles[:, :2].copy(), circles[:, 2]
    order = np.argsort(radii)
    if hop % 3 == 0:  # one of the smallest goes to one of the widest of a few hundred places
        small = order[rng.integers(4)]
        others = np.delete(np.arange(CIRCLES), small)
        places = rng.random((400, 2))
        room = np.linalg.norm(places[:, None] - centres[others], axis=2) - radii[others]
        room = np.minimum(room.min(axis=1), np.minimum(places, 1 - places).min(axis=1))
        centres[small] = places[rng.choice(np.argsort(room)[-20:])]
    elif hop % 3 == 1:  # a small and a large one change places
        pair = [order[rng.integers(8)], order[-1 - rng.integers(14)]]
        centres[pair] = centres[pair[::-1]]
    else:
        centres += rng.normal(0, 0.05, centres.shape)
    return np.asarray(np.clip(centres, 0.01, 0.99))


def settled(centres: np.ndarray) -> np.ndarray:
    """A local optimum near these centres, rows x, y, r."""
    radii, last = np.zeros(CIRCLES), 0.0
    with np.errstate(all="ignore"):
        for _ in range(15):
            moved = maximize(*program(centres, radii))
            if not np.isfinite(moved).all():
                break
            centres, radii = moved[: 2 * CIRCLES].reshape(2, CIRCLES).T, moved[2 * CIRCLES :]
            if radii.sum() < last + 1e-9:
                break
            last = radii.sum()
    return fitting(np.clip(centres, 1e-3, 1 - 1e-3), np.maximum(radii, 1e-9))


def program(centres: np.ndarray, radii: np.ndarray, step: float = 0.1) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all x, all y, all r; no coordinate moves by more than `step`."""
    n = CIRCLES
    one, other, apart = ONE, OTHER, centres[ONE] - centres[OTHER]
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
    distance = np.hypot(*(centres[ONE] - centres[OTHER]).T)
    radii = np.minimum(radii, np.minimum(centres, 1 - centres).min(axis=1) * (1 - 1e-15))
    factor = min(1.0, (distance / (radii[ONE] + radii[OTHER])).min() * (1 - 4e-15))
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
