"""What a specialist writes in an hour: symmetric functions from random starts, L-BFGS on a log-sum-exp of the overlaps
that is cold at once, then sequential linear programs (Griffith & Stewart 1961; HiGHS) in a trust region; the best of
them on a finer grid as well. One start a program."""

import numpy as np
from scipy.optimize import linprog, minimize  # type: ignore[import-untyped]

SEED = 0
STEPS = 51  # of the functions that are tried
STARTS = 5
PROGRAMS = (25, 40, 20)  # linear programs: for each start, for the best, for the best on the finer grid


def construct() -> np.ndarray:
    """The best function on the way; shape (102,)."""
    rng = np.random.default_rng(SEED)
    best = min((programmed(started(rng), PROGRAMS[0]) for _ in range(STARTS)), key=greatest)
    return programmed(np.repeat(programmed(best, PROGRAMS[1]), 2), PROGRAMS[2])


def greatest(h: np.ndarray) -> float:
    return float(overlaps(h).max())


def overlaps(h: np.ndarray) -> np.ndarray:
    """For every shift to the right by whole steps, those to the left being the same; shape (n,)."""
    return np.asarray(np.correlate(h, 1 - h, "full")[len(h) - 1 :] * (2 / len(h)))


def started(rng: np.random.Generator) -> np.ndarray:
    """A symmetric function, roughly optimal near random heights that are higher in the middle."""
    noise = rng.normal(0, 1.2, STEPS)
    x = (noise + noise[::-1]) / 2 + 2 * np.cos(np.pi * (np.arange(STEPS) + 0.5 - STEPS / 2) / STEPS)
    for heat in (3e-3, 1e-3):
        x = minimize(loss, x, (heat,), "L-BFGS-B", jac=True, options={"maxiter": 40, "maxcor": 20}).x
        x = np.clip(x, -30, 30)
    h = heights(x)
    return balanced((h + h[::-1]) / 2)


def programmed(h: np.ndarray, programs: int) -> np.ndarray:
    """Each program minimises the greatest of the linearised overlaps within a box, which grows where the model held."""
    n = len(h)
    free, radius, value = (n + 1) // 2, 0.05, greatest(h)
    fold = np.zeros((n, free))  # from what moves freely to all steps
    fold[np.arange(n), np.minimum(np.arange(n), n - 1 - np.arange(n))] = 1
    for _ in range(programs):
        now, slope = overlaps(h), slopes(h)
        near = now + radius * np.abs(slope).sum(axis=1) >= value  # the others cannot become the greatest
        low, high = np.maximum(-radius, -h[:free]), np.minimum(radius, 1 - h[:free])
        found = linprog(
            np.r_[np.zeros(free), 1.0],
            A_ub=np.c_[slope[near] @ fold, -np.ones(near.sum())],
            b_ub=-now[near],
            A_eq=np.r_[fold.sum(axis=0), 0.0][None],
            b_eq=[n / 2 - h.sum()],
            bounds=np.c_[np.r_[low, -1.0], np.r_[high, 2.0]],
            method="highs-ds",
            options={"maxiter": 3000},
        )
        new = h if found.x is None else balanced(np.clip(h + fold @ found.x[:free], 0, 1))
        reached = greatest(new)
        if reached < value:
            radius = min(2 * radius, 0.3) if value - reached > 0.5 * (value - found.fun) else radius
            h, value = new, reached
        else:
            radius /= 4
        if radius < 1e-6:
            break
    return h


def slopes(h: np.ndarray) -> np.ndarray:
    """The derivatives of `overlaps` by the heights, shape (n, n)."""
    n, gap = len(h), np.zeros(len(h) - 1)
    windows = np.lib.stride_tricks.sliding_window_view
    rest = windows(np.concatenate([gap, 1 - h, gap]), n)[::-1]
    return np.asarray((rest - windows(np.concatenate([gap, h, gap]), n))[n - 1 :] * (2 / n))


def heights(x: np.ndarray) -> np.ndarray:
    """The logistic function of x and one number more, found by Newton's method, for which they add up to half."""
    shift = -float(np.median(x))
    for _ in range(30):
        h = 0.5 + 0.5 * np.tanh((x + shift) / 2)
        off = h.sum() - len(x) / 2
        if abs(off) < 1e-12 * len(x):
            break
        shift -= float(np.clip(off / max((h * (1 - h)).sum(), 1e-9), -2, 2))
    return np.asarray(h)


def balanced(h: np.ndarray) -> np.ndarray:
    """The nearest of its kind that adds up to half, rounding included."""
    half, total = len(h) / 2, h.sum()
    if total >= half:
        return np.asarray(h * (half / total))
    return np.asarray(1 - (1 - h) * (half / (len(h) - total)))


def loss(x: np.ndarray, heat: float) -> tuple[float, np.ndarray]:
    """The smooth maximum of the overlaps, and its derivatives by x."""
    h, n = heights(x), len(x)
    size = 1 << (2 * n).bit_length()
    ours, rest = np.fft.rfft(h, size), np.fft.rfft(1 - h, size)
    now = np.fft.irfft(ours * rest.conj(), size) * (2 / n)
    weight = np.exp((now - now.max()) / heat)
    total = weight.sum()
    weights = np.fft.rfft(weight / total)
    slope = (np.fft.irfft(weights * rest, size) - np.fft.irfft(weights.conj() * ours, size))[:n] * (2 / n)
    change = h * (1 - h)
    return now.max() + heat * np.log(total), change * (slope - change @ slope / max(change.sum(), 1e-12))
