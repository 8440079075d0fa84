"""What a specialist writes in an hour: Adam (Kingma & Ba 2015) from random heights, with noisy gradients and a high
rate first, then on ever finer grids with a low one (Jaech & Joseph 2025). One start a program."""

import numpy as np

SEED = 0
GRIDS = (
    (32, 2500, 0.05, 3e-2, 0.05),
    (64, 2500, 0.02, 1e-2, 0.0),
    (128, 2500, 0.01, 3e-3, 0.0),
    (256, 3000, 0.004, 1e-3, 0.0),
)


def construct() -> np.ndarray:
    """The best function on the way; shape (256,)."""
    rng = np.random.default_rng(SEED)
    x = rng.uniform(0.1, 1, GRIDS[0][0])
    for n, steps, rate, heat, noise in GRIDS:
        x = climbed(np.repeat(x, n // len(x)), steps, rate, heat, noise, rng)
    return np.where(x < 1e-3 * x.max(), 0, x) ** 2


def climbed(x: np.ndarray, steps: int, rate: float, heat: float, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Adam on the logarithm of the ratio of f = x^2; the temperature of the smooth maximum, the rate and the noise fall
    along the way. Returns the best x."""
    size = 1 << (2 * len(x)).bit_length()
    mean, square, best, reached = np.zeros(len(x)), np.zeros(len(x)), x, -np.inf
    for step in range(steps):
        left = 1 - step / steps
        value, slope = measured(x, size, heat * max(left, 0.03))
        if value > reached:
            reached, best = value, x
        slope = slope + noise * left * np.abs(slope).mean() * rng.normal(size=len(x)) * 10
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        update = mean / (1 - 0.9 ** (step + 1)) / (np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-12)
        x = np.maximum(x + rate * left * update, 0)
        x = x / np.sqrt((x * x).mean())
        x = np.maximum(x, 1e-4)  # where it is 0 there is no slope
    return best


def measured(x: np.ndarray, size: int, heat: float) -> tuple[float, np.ndarray]:
    """The ratio of f = x^2, and the derivatives of its logarithm by x with a log-sum-exp for the maximum."""
    n, f = len(x), x * x
    spectrum = np.fft.rfft(f, size)
    unit = 2 * n / f.sum() ** 2
    terms = np.fft.irfft(spectrum * spectrum, size)[: 2 * n - 1] * unit
    greatest, inner = terms.max(), terms[1:] @ terms[:-1]
    square = (2 * terms @ terms + inner) / 3
    weight = np.exp((terms - greatest) / heat)
    by_terms = 4 * terms
    by_terms[1:] += terms[:-1]
    by_terms[:-1] += terms[1:]
    by_terms = by_terms / (3 * square) - weight / weight.sum() / greatest
    slope = np.fft.irfft(np.fft.rfft(by_terms, size) * spectrum.conj(), size)[:n] * (2 * unit)
    return float(square / (2 * n * greatest)), 2 * x * (slope - 2 * (by_terms @ terms) / f.sum())
