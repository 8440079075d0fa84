"""What a specialist writes in an hour: Adam (Kingma & Ba 2015) on a smooth maximum of f * f from random heights, at a
falling temperature, on ever finer grids. One start a program."""

import numpy as np

SEED = 0
GRIDS = ((50, 3000, 0.05, 3e-2), (100, 2500, 0.02, 1e-2), (200, 2500, 0.01, 3e-3), (400, 2500, 0.004, 1e-3))


def construct() -> np.ndarray:
    """The best function on the way, mean 1; shape (400,)."""
    x = np.random.default_rng(SEED).uniform(0, 2, GRIDS[0][0])
    for n, steps, rate, heat in GRIDS:
        x = descended(np.repeat(x, n // len(x)), steps, rate, heat)
    return x


def descended(x: np.ndarray, steps: int, rate: float, heat: float) -> np.ndarray:
    """Adam; the temperature and the rate fall to a hundredth along the way. Returns the best x."""
    size = 1 << (2 * len(x)).bit_length()
    mean, square, best, reached = np.zeros(len(x)), np.zeros(len(x)), x, np.inf
    for step in range(steps):
        fall = 0.01 ** (step / steps)
        value, slope = measured(x, size, heat * fall)
        if value < reached:
            reached, best = value, x
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        update = mean / (1 - 0.9 ** (step + 1)) / (np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-12)
        x = x - rate * fall * update
        x = x / x.mean()
    return best


def measured(x: np.ndarray, size: int, heat: float) -> tuple[float, np.ndarray]:
    """The bound of x, and the derivatives of the log-sum-exp of f * f by x."""
    n = len(x)
    unit = 2 * n / x.sum() ** 2
    spectrum = np.fft.rfft(x, size)
    terms = np.fft.irfft(spectrum * spectrum, size)[: 2 * n - 1] * unit
    greatest = terms.max()
    weight = np.exp((terms - greatest) / heat)
    weight = weight / weight.sum()
    slope = np.fft.irfft(np.fft.rfft(weight, size) * spectrum.conj(), size)[:n] * (2 * unit)
    return float(greatest), slope - 2 * (weight @ terms) / x.sum()
