import numpy as np

HEXAGONS = 11
APOTHEM = np.sqrt(3) / 2
PAIRS = np.stack(np.triu_indices(HEXAGONS, 1))
SIXTHS = np.radians(60 * np.arange(6))
WALLS = np.stack([np.cos(SIXTHS + np.pi / 6), np.sin(SIXTHS + np.pi / 6)], axis=1)
PENALTY = 5.0  # what an overlap of 1 costs: more than the side that it can save


def polish(hexagons: np.ndarray) -> np.ndarray:
    """A local optimum near these hexagons: sequential linear programs (Griffith & Stewart 1961) in a trust region.

    Two hexagons keep apart along the normal to a side of one of them, the one with the most room; an overlap is paid
    for until there is none. Rows x, y and angle in degrees in and out, of as many hexagons as above; the outer one has
    the angle 0 and the origin for its centre. What has another shape comes back unchanged.
    """
    hexagons = np.asarray(hexagons, dtype=float)
    if hexagons.shape != (HEXAGONS, 3) or not np.isfinite(hexagons).all():
        return hexagons
    placed, step, slow = settled(hexagons), 0.3, 0
    with np.errstate(all="ignore"):
        cost = costs(placed)
        for _ in range(60):
            found = maximize(*hexagon_program(placed, step))
            moved = found[:-2].reshape(3, HEXAGONS).T
            gain, hoped = cost - costs(moved), cost - found[-2] - PENALTY * found[-1]
            if gain > 1e-13:
                placed, cost, slow = moved, cost - gain, slow + 1 if gain < 1e-9 else 0
                step = min(2 * step, 0.3) if gain > 0.7 * hoped else step
            if not gain > 0.3 * hoped:
                step /= 3
            if slow == 3 or step < 1e-9 or not np.isfinite(gain):
                break
    centres = placed[:, :2] * (clearing(placed) * (1 + 1e-14))  # and a little more than rounding takes
    return np.column_stack([centres, np.degrees(placed[:, 2])])


def hexagon_program(placed: np.ndarray, step: float) -> tuple[np.ndarray, ...]:
    """Maximize goal @ z over rows @ z <= limits, z = all x, all y, all angles, the side, the greatest overlap; nothing
    moves by more than `step`, a length or an angle in radians."""
    n, flat, corner = HEXAGONS, placed.T.ravel(), corners(placed)
    room, owner, guest, normal = facing(placed)
    near = room < 4 * step
    owner, guest, normal = np.tile(owner[near], 2), np.tile(guest[near], 2), np.tile(normal[near], (2, 1))
    half = len(owner) // 2  # the two corners of the one that are nearest to that side of the other
    order = np.argsort((corner[guest[:half]] * normal[:half, None]).sum(axis=2), axis=1)
    arm = corner[guest, order[:, :2].T.ravel()]
    reach = placed[guest, :2] - placed[owner, :2] + arm
    pair, apart = np.arange(len(owner)), np.zeros((len(owner), 3 * n + 2))
    for axis in range(2):
        apart[pair, axis * n + owner], apart[pair, axis * n + guest] = normal[:, axis], -normal[:, axis]
    apart[pair, 2 * n + guest] = normal[:, 0] * arm[:, 1] - normal[:, 1] * arm[:, 0]
    apart[pair, 2 * n + owner] = normal[:, 1] * reach[:, 0] - normal[:, 0] * reach[:, 1]
    gaps = (normal * reach).sum(axis=1) - APOTHEM + apart[:, :-2] @ flat
    apart[:, -1] = -1
    far = (placed[:, None, :2] + corner) @ WALLS.T
    inner, tip, wall = np.nonzero(far > far.max() - 4 * step)
    touch, within = np.arange(len(inner)), np.zeros((len(inner), 3 * n + 2))
    within[touch, inner], within[touch, n + inner] = WALLS[wall].T
    within[touch, 2 * n + inner] = WALLS[wall, 1] * corner[inner, tip, 0] - WALLS[wall, 0] * corner[inner, tip, 1]
    bounds = within[:, :-2] @ flat - far[inner, tip, wall]
    within[:, -2] = -APOTHEM
    box, last = np.eye(3 * n, 3 * n + 2), np.eye(1, 3 * n + 2, 3 * n + 1)
    rows = np.concatenate([apart, within, box, -box, -last])
    limits = np.concatenate([gaps, bounds, flat + step, step - flat, [0.0]])
    goal = np.repeat([0.0, -1.0, -PENALTY], [3 * n, 1, 1])
    return goal, rows, limits, np.append(flat, [far.max() / APOTHEM, max(0.0, -room.min())])


def corners(placed: np.ndarray) -> np.ndarray:
    """From each centre to the six corners, shape (n, 6, 2)."""
    angle = placed[:, 2:] + SIXTHS
    return np.stack([np.cos(angle), np.sin(angle)], axis=2)


def options(placed: np.ndarray) -> tuple[np.ndarray, ...]:
    """For all pairs the normals to the twelve sides, shape (pairs, 12, 2), those of the first one first, the distances
    of the centres along them and what the hexagons take up of these, shapes (pairs, 12)."""
    corner, between = corners(placed), placed[PAIRS[1], :2] - placed[PAIRS[0], :2]
    normal = (corner + np.roll(corner, -1, axis=1)) / (2 * APOTHEM)
    ours, theirs = normal[PAIRS[0]], normal[PAIRS[1]]
    along = np.concatenate([ours @ between[:, :, None], -theirs @ between[:, :, None]], axis=1)[..., 0]
    tips = np.concatenate(
        [corner[PAIRS[1]] @ ours.swapaxes(1, 2), corner[PAIRS[0]] @ theirs.swapaxes(1, 2)],
        axis=2,
    )
    return np.concatenate([ours, theirs], axis=1), along, APOTHEM - tips.min(axis=1)


def facing(placed: np.ndarray) -> tuple[np.ndarray, ...]:
    """The room between the hexagons of each pair, below 0 where they overlap, along the normal with the most of it: of
    which one it is a normal, which is the other, and the normal."""
    normal, along, taken = options(placed)
    best, pair = (along - taken).argmax(axis=1), np.arange(PAIRS.shape[1])
    first = best < 6
    owner, guest = np.where(first, PAIRS[0], PAIRS[1]), np.where(first, PAIRS[1], PAIRS[0])
    return (along - taken)[pair, best], owner, guest, normal[pair, best]


def costs(placed: np.ndarray) -> float:
    """The side of the outer hexagon, and what overlaps cost."""
    far = (placed[:, None, :2] + corners(placed)) @ WALLS.T
    return float(far.max() / APOTHEM + PENALTY * max(0.0, -facing(placed)[0].min()))


def clearing(placed: np.ndarray) -> float:
    """The least factor on all centres with which no two hexagons overlap."""
    _, along, taken = options(placed)
    return float(np.where(along > 1e-9, taken / np.maximum(along, 1e-9), np.inf).min(axis=1).max())


def settled(hexagons: np.ndarray) -> np.ndarray:
    """Around the origin and not too far, on a small spiral where two coincide, angles in radians."""
    low, high = hexagons[:, :2].min(axis=0) / 2, hexagons[:, :2].max(axis=0) / 2
    centres = (hexagons[:, :2] / 2 - low / 2 - high / 2) * (2 / max((high - low).max() / 4, 1))
    apart = np.hypot(*(centres[PAIRS[0]] - centres[PAIRS[1]]).T)
    if apart.min() < 0.1:
        turn = np.arange(HEXAGONS)
        centres = centres + 0.5 * np.sqrt(turn)[:, None] * np.stack([np.cos(2.4 * turn), np.sin(2.4 * turn)], axis=1)
    return np.column_stack([centres, np.radians((hexagons[:, 2] + 30) % 60 - 30)])


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
    """All upright on a grid of four by three, shape (11, 3): x, y, angle in degrees."""
    cell = np.arange(11)
    return np.stack([2.0 * (cell % 4), 2.0 * (cell // 4), np.zeros(11)], axis=1)


# EVOLVE-BLOCK-END
