"""What a specialist writes in an hour: SLSQP (Kraft 1988) over all centres and radii from a random start, then basin
hopping (Wales & Doye 1997): a small circle goes to a hole, two change places, all are shaken. One start a program."""

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

SEED = 0
CIRCLES = 26
HOPS = 9
ONE, OTHER = np.triu_indices(CIRCLES, 1)


def construct() -> np.ndarray:
    """The best packing on the way; shape (26, 3), rows x, y, r."""
    rng = np.random.default_rng(SEED)
    best = settled(rng.random((CIRCLES, 2)), np.full(CIRCLES, 0.05), (0.3, 0.1))
    for hop in range(HOPS):
        moved = settled(*hopped(best, hop, rng), (0.15, 0.05))
        best = moved if moved[:, 2].sum() > best[:, 2].sum() else best
    return best


def hopped(circles: np.ndarray, hop: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Centres and radii to go on from."""
    centres, radii = circles[:, :2].copy(), circles[:, 2].copy()
    order = np.argsort(radii)
    if hop % 3 == 0:  # one of the smallest goes to the widest of a few hundred places
        small = order[rng.integers(3)]
        others = np.delete(np.arange(CIRCLES), small)
        places = rng.random((400, 2))
        room = np.linalg.norm(places[:, None] - centres[others], axis=2) - radii[others]
        room = np.minimum(room.min(axis=1), np.minimum(places, 1 - places).min(axis=1))
        centres[small] = places[rng.choice(np.argsort(room)[-20:])]
        radii[small] = 0.02
    elif hop % 3 == 1:  # a small and a large one change places
        small, large = order[rng.integers(6)], order[-1 - rng.integers(12)]
        centres[[small, large]] = centres[[large, small]]
        radii[[small, large]] = radii[small]
    else:
        centres += rng.normal(0, 0.04, centres.shape)
    return np.clip(centres, 0.01, 0.99), 0.9 * radii


def settled(centres: np.ndarray, radii: np.ndarray, boxes: tuple[float, ...]) -> np.ndarray:
    """A local optimum near these circles. In each box around the centres the pairs that can touch are constraints."""
    z = np.concatenate([centres.T.ravel(), radii])
    for box in boxes:
        z = programmed(z, box)
    return fitting(z[: 2 * CIRCLES].reshape(2, CIRCLES).T, z[2 * CIRCLES :])


def programmed(z: np.ndarray, box: float) -> np.ndarray:
    """SLSQP, z = all x, all y, all r; no centre moves by more than `box` in x or y."""
    n = CIRCLES
    x, y = z[:n], z[n : 2 * n]
    near = np.hypot(x[ONE] - x[OTHER], y[ONE] - y[OTHER]) < 0.27 + box
    one, other = ONE[near], OTHER[near]
    pair = np.arange(len(one))
    place, radius = np.eye(2 * n, 3 * n), np.tile(np.eye(n, 3 * n, 2 * n), (2, 1))
    walls = np.concatenate([place - radius, -place - radius])
    ends = np.repeat([0.0, 1.0], 2 * n)

    def apart(z: np.ndarray) -> np.ndarray:
        x, y, r = z[:n], z[n : 2 * n], z[2 * n :]
        return np.asarray((x[one] - x[other]) ** 2 + (y[one] - y[other]) ** 2 - (r[one] + r[other]) ** 2)

    def slope(z: np.ndarray) -> np.ndarray:
        rows = np.zeros((len(one), 3 * n))
        for first, sign in ((0, 2), (n, 2), (2 * n, -2)):
            a, b = z[first + one], z[first + other]
            gap = a - b if sign > 0 else a + b
            rows[pair, first + one], rows[pair, first + other] = sign * gap, -sign * gap if sign > 0 else sign * gap
        return rows

    flat = z[: 2 * n]
    bounds = [*zip(np.maximum(flat - box, 0), np.minimum(flat + box, 1), strict=True), *([(1e-4, 0.25)] * n)]
    goal = np.repeat([0.0, -1.0], [2 * n, n])
    found = minimize(
        lambda z: goal @ z,
        z,
        jac=lambda z: goal,
        method="SLSQP",
        bounds=bounds,
        constraints=[
            {"type": "ineq", "fun": apart, "jac": slope},
            {"type": "ineq", "fun": lambda z: walls @ z + ends, "jac": lambda z: walls},
        ],
        options={"maxiter": 40, "ftol": 1e-10},
    ).x
    return np.asarray(found) if np.isfinite(found).all() else z


def fitting(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """All radii times one number, so that no two circles overlap and none leaves the square, rounding included."""
    centres, radii = np.clip(centres, 1e-3, 1 - 1e-3), np.maximum(radii, 1e-9)
    radii = np.minimum(radii, np.minimum(centres, 1 - centres).min(axis=1) * (1 - 1e-15))
    distance = np.hypot(*(centres[ONE] - centres[OTHER]).T)
    factor = min(1.0, (distance / (radii[ONE] + radii[OTHER])).min() * (1 - 4e-15))
    return np.column_stack([centres, radii * factor])
