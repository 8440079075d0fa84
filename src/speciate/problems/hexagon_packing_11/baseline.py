"""What a specialist writes in an hour: random starts, Adam (Kingma & Ba 2015) on the squares of what overlaps and
sticks out of a hexagon that is a little too small, and sequential linear programs (Griffith & Stewart 1961) from those
that fit it best, each by an interior point method (Mehrotra 1992). One start a program."""

import numpy as np

SEED = 0
HEXAGONS = 11
SIDE = 3.9  # of the hexagon into which the random starts are pressed
STARTS, BEST = 8, 3
APOTHEM = np.sqrt(3) / 2
ONE, OTHER = np.triu_indices(HEXAGONS, 1)
PAIR, EACH = np.arange(len(ONE)), np.arange(HEXAGONS)[:, None, None]
SIXTHS = np.radians(60 * np.arange(6))
WALLS = np.stack([np.cos(SIXTHS + np.pi / 6), np.sin(SIXTHS + np.pi / 6)], axis=1)


def construct() -> np.ndarray:
    """The best packing on the way; shape (11, 3), rows x, y, angle in degrees."""
    rng = np.random.default_rng(SEED)
    found = []
    for _ in range(STARTS):
        start = np.concatenate([rng.uniform(-2.5, 2.5, 2 * HEXAGONS), rng.uniform(-0.5, 0.5, HEXAGONS)])
        found.append(pressed(start))
    found.sort(key=lambda z: energy(z)[0])
    placed = min([settled(z) for z in found[:BEST]], key=lambda z: side(z) * clearing(z))
    scale = clearing(placed) * (1 + 1e-14)
    x, y, angle = placed.reshape(3, HEXAGONS)
    return np.column_stack([x * scale, y * scale, np.degrees(angle)])


def corners(z: np.ndarray) -> np.ndarray:
    """From each centre to the six corners, shape (n, 6, 2)."""
    angle = z[2 * HEXAGONS :, None] + SIXTHS
    return np.stack([np.cos(angle), np.sin(angle)], axis=2)


def options(z: np.ndarray) -> tuple[np.ndarray, ...]:
    """For all pairs the normals to the twelve sides, those of the first one first, the distances of the centres along
    them, what the hexagons take up of these, and the corners of the one by their distance to that side of the other."""
    corner, centres = corners(z), z[: 2 * HEXAGONS].reshape(2, HEXAGONS).T
    between, normal = (centres[OTHER] - centres[ONE])[:, :, None], (corner + np.roll(corner, -1, axis=1)) / 2 / APOTHEM
    ours, theirs = normal[ONE], normal[OTHER]
    along = np.concatenate([ours @ between, -theirs @ between], axis=1)[..., 0]
    tips = np.concatenate([corner[OTHER] @ ours.swapaxes(1, 2), corner[ONE] @ theirs.swapaxes(1, 2)], axis=2)
    return np.concatenate([ours, theirs], axis=1), along, APOTHEM - tips.min(axis=1), tips.argsort(axis=1)


def facing(z: np.ndarray, tip: int = 0) -> tuple[np.ndarray, ...]:
    """For each pair the room along the normal with the most of it, to the nearest corner or to the next (`tip` 0 or 1),
    below 0 for an overlap, and how it changes with z, shape (pairs, 3 n)."""
    n, corner, centres = HEXAGONS, corners(z), z[: 2 * HEXAGONS].reshape(2, HEXAGONS).T
    normals, along, taken, order = options(z)
    best = (along - taken).argmax(axis=1)
    owner, guest = np.where(best < 6, ONE, OTHER), np.where(best < 6, OTHER, ONE)
    normal, arm = normals[PAIR, best], corner[guest, order[PAIR, tip, best]]
    reach = centres[guest] - centres[owner] + arm
    slope = np.zeros((len(PAIR), 3 * n))
    for axis in range(2):
        slope[PAIR, axis * n + owner], slope[PAIR, axis * n + guest] = -normal[:, axis], normal[:, axis]
    slope[PAIR, 2 * n + guest] = normal[:, 1] * arm[:, 0] - normal[:, 0] * arm[:, 1]
    slope[PAIR, 2 * n + owner] = normal[:, 0] * reach[:, 1] - normal[:, 1] * reach[:, 0]
    return (normal * reach).sum(axis=1) - APOTHEM, slope


def reaches(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each corner of each hexagon reaches towards each wall, and how that changes with its angle, shapes (n, 6,
    6)."""
    corner = corners(z)
    turned = np.stack([-corner[..., 1], corner[..., 0]], axis=2)
    return (z[: 2 * HEXAGONS].reshape(2, HEXAGONS).T[:, None] + corner) @ WALLS.T, turned @ WALLS.T


def energy(z: np.ndarray) -> tuple[float, np.ndarray]:
    """The squares of what overlaps and what sticks out, and their gradient."""
    room, slope = facing(z)
    far, turning = reaches(z)
    over, out = np.maximum(-room, 0), np.maximum(far - APOTHEM * SIDE, 0)
    push = (out.sum(axis=1) @ WALLS).T.ravel()
    gradient = np.append(push, (out * turning).sum(axis=(1, 2))) - over @ slope
    return float((over**2).sum() + (out**2).sum()), 2 * gradient


def pressed(z: np.ndarray, steps: int = 120) -> np.ndarray:
    """Adam on the energy, its rate falling to 0."""
    mean, square = np.zeros(len(z)), np.zeros(len(z))
    for step in range(1, steps + 1):
        gradient = energy(z)[1]
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        rate = 0.15 * (1 - (step - 1) / steps) / (1 - 0.9**step)
        z = z - rate * mean / (np.sqrt(square / (1 - 0.99**step)) + 1e-9)
    return z


def side(z: np.ndarray) -> float:
    """Of the outer hexagon, around the origin."""
    return float(reaches(z)[0].max() / APOTHEM)


def clearing(z: np.ndarray) -> float:
    """The least factor on all centres with which no two hexagons overlap."""
    _, along, taken, _ = options(z)
    return float(np.where(along > 1e-9, taken / np.maximum(along, 1e-9), np.inf).min(axis=1).max())


def settled(z: np.ndarray) -> np.ndarray:
    """A local optimum near this packing: linear programs in a trust region, where an overlap of 1 costs 5."""

    def cost(z: np.ndarray) -> float:
        return side(z) + 5 * max(0.0, -float(facing(z)[0].min()))

    step, now = 0.2, cost(z)
    for _ in range(40):
        moved, hoped = programmed(z, step)
        gain, hope = (now - cost(moved), now - hoped) if np.isfinite(moved).all() else (-1.0, 1.0)
        if gain > 1e-12:
            z, now, step = moved, now - gain, min(0.2, 2 * step) if gain > 0.7 * hope else step
        if not gain > 0.3 * hope:
            step /= 3
        if step < 1e-7:
            break
    return z


def programmed(z: np.ndarray, step: float) -> tuple[np.ndarray, float]:
    """The linear program around z, and what it hopes for; nothing moves by more than `step`."""
    n, size = HEXAGONS, 3 * HEXAGONS
    pairs = [facing(z, tip) for tip in (0, 1)]
    room, slope = (np.concatenate([each[part] for each in pairs]) for part in (0, 1))
    near = room < 4 * step
    far, turning = reaches(z)
    inner, tip, wall = np.nonzero(far > far.max() - 4 * step)
    touch, rows = np.arange(len(inner)), np.zeros((near.sum() + len(inner), size + 2))
    rows[: near.sum(), :size], rows[: near.sum(), -1] = -slope[near], -1
    within = rows[near.sum() :]
    within[touch, inner], within[touch, n + inner] = WALLS[wall].T
    within[touch, 2 * n + inner], within[:, -2] = turning[inner, tip, wall], -APOTHEM
    box, last = np.eye(size, size + 2), np.eye(1, size + 2, size + 1)
    limits = np.concatenate([room[near], -far[inner, tip, wall], np.full(2 * size, step), [0.0]])
    goal = np.repeat([0.0, -1.0, -5.0], [size, 1, 1])
    start = np.append(np.zeros(size), [side(z), max(0.0, -room.min())])
    with np.errstate(all="ignore"):
        found = maximize(goal, np.concatenate([rows, box, -box, -last]), limits, start)
    return z + found[:size], float(-goal @ found)


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
