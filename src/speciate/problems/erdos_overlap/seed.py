"""The first construction, and a local optimiser that constructions may call."""

import numpy as np
from scipy.optimize import linprog, minimize  # type: ignore[import-untyped]

FEW = 250  # steps that move freely, beyond which linear programs take too long
STRICT = {"maxiter": 80, "gtol": 1e-9, "ftol": 1e-12}  # of many steps each has a small slope
SECONDS = 0.5  # that the linear programs of one call take, roughly: how many there are goes by the number of steps


def polish(points: np.ndarray) -> np.ndarray:
    """Sequential linear programming within a trust region (HiGHS by scipy.optimize.linprog); of more than 250 free
    steps L-BFGS on a smooth maximum. Symmetric functions first, then all. Shape (n,) in and out, heights in [0, 1] that
    add up to n / 2."""
    points = np.asarray(points, float)
    if points.ndim != 1 or len(points) < 4:
        return points
    given = balanced(points)
    best = given
    if len(given) > 2 * FEW:
        best = better(best, smoothed(best))
    else:
        best = better(best, programmed(balanced((given + given[::-1]) / 2), True))
        if best is given:
            best = better(best, programmed(given, False) if len(given) <= FEW else smoothed(given))
    return best


def overlaps(h: np.ndarray) -> np.ndarray:
    """For every shift by whole steps, shape (2n - 1,)."""
    return np.asarray(np.correlate(h, 1 - h, "full") * (2 / len(h)))


def better(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return other if overlaps(other).max() < overlaps(one).max() else one


def balanced(h: np.ndarray) -> np.ndarray:
    """The nearest of its kind with heights in [0, 1] that add up to n / 2."""
    h = np.clip(h, 0, 1)
    half, total = len(h) / 2, h.sum()
    if total >= half:
        return np.asarray(h * (half / total))
    return np.asarray(1 - (1 - h) * (half / (len(h) - total)))


def slopes(h: np.ndarray) -> np.ndarray:
    """The derivatives of `overlaps` by the heights, shape (2n - 1, n)."""
    n = len(h)
    windows = np.lib.stride_tricks.sliding_window_view
    gap = np.zeros(n - 1)
    rest = windows(np.concatenate([gap, 1 - h, gap]), n)[::-1]
    return np.asarray((rest - windows(np.concatenate([gap, h, gap]), n)) * (2 / n))


def programmed(h: np.ndarray, symmetric: bool) -> np.ndarray:
    """Each step minimises the greatest of the linearised overlaps within a box, which grows where the model held."""
    n = len(h)
    free = (n + 1) // 2 if symmetric else n
    fold = np.zeros((n, free))  # from what moves freely to all steps
    fold[np.arange(n), np.minimum(np.arange(n), n - 1 - np.arange(n)) if symmetric else np.arange(n)] = 1
    value, radius = overlaps(h).max(), 0.05
    history = [value]
    for _ in range(int(np.clip(SECONDS / 0.004 * (50 / free) ** 1.8, 3, 150))):
        now, slope = overlaps(h), slopes(h)
        near = now + radius * np.abs(slope).sum(axis=1) >= value  # the others cannot become the greatest
        if symmetric:
            near[: n - 1] = False  # as the shifts the other way
        step, predicted = stepped(h, now[near], slope[near] @ fold, fold, radius)
        new = balanced(h + step)
        reached = overlaps(new).max()
        if reached < value:
            radius = min(2 * radius, 0.3) if value - reached > 0.5 * (value - predicted) else radius
            h, value = new, reached
        else:
            radius /= 4
        history.append(value)
        if radius < 1e-6 or (len(history) > 20 and history[-20] - value < 2e-7):
            break
    return h


def stepped(
    h: np.ndarray, now: np.ndarray, slope: np.ndarray, fold: np.ndarray, radius: float
) -> tuple[np.ndarray, float]:
    """One linear program: the step, shape (n,), and the value that it promises."""
    free = fold.shape[1]
    heights = fold.T @ h / fold.sum(axis=0)
    low, high = np.maximum(-radius, -heights), np.minimum(radius, 1 - heights)
    found = linprog(
        np.r_[np.zeros(free), 1.0],
        A_ub=np.c_[slope, -np.ones(len(slope))],
        b_ub=-now,
        A_eq=np.r_[fold.sum(axis=0), 0.0][None],
        b_eq=[len(h) / 2 - h.sum()],
        bounds=np.c_[np.r_[low, -1.0], np.r_[high, 2.0]],
        method="highs-ds",
        options={"maxiter": 5000},  # a degenerate program can take minutes
    )
    return (fold @ found.x[:free], float(found.fun)) if found.x is not None else (np.zeros(len(h)), 1.0)


def smoothed(h: np.ndarray) -> np.ndarray:
    """L-BFGS on a log-sum-exp of the overlaps at falling temperatures, heights a logistic function of what is moved."""
    n = len(h)
    size = 1 << (2 * n).bit_length()
    h = np.clip(h, 1e-3, 1 - 1e-3)
    x, best = np.log(h / (1 - h)), balanced(h)

    def heights(x: np.ndarray) -> np.ndarray:
        low, high = -40.0 - x.max(), 40.0 - x.min()
        for _ in range(60):
            shift = (low + high) / 2
            low, high = (shift, high) if np.tanh((x + shift) / 2).sum() < 0 else (low, shift)
        return np.asarray(0.5 + 0.5 * np.tanh((x + shift) / 2))  # the logistic function; they add up to n / 2

    def loss(x: np.ndarray, heat: float) -> tuple[float, np.ndarray]:
        h = heights(x)
        ours, rest = np.fft.rfft(h, size), np.fft.rfft(1 - h, size)
        now = np.fft.irfft(ours * rest.conj(), size) * (2 / n)
        weight = np.exp((now - now.max()) / heat)
        total = weight.sum()
        weights = np.fft.rfft(weight / total)
        slope = (np.fft.irfft(weights * rest, size) - np.fft.irfft(weights.conj() * ours, size))[:n] * (2 / n)
        change = h * (1 - h)
        return now.max() + heat * np.log(total), change * (slope - change @ slope / change.sum())

    for heat in (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5):
        x = np.clip(minimize(loss, x, (heat,), "L-BFGS-B", jac=True, options=STRICT).x, -30, 30)
        best = better(best, balanced(heights(x)))
    return best


# EVOLVE-BLOCK-START
def construct() -> np.ndarray:
    """A triangle on [0, 2] in 50 steps, highest in the middle."""
    x = (np.arange(50) + 0.5) / 25
    return 1 - np.abs(x - 1)


# EVOLVE-BLOCK-END
