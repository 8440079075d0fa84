"""The first construction, and a local optimiser that constructions may call."""

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

STRICT = {"maxiter": 60, "maxcor": 20, "gtol": 1e-9, "ftol": 1e-12}
HEATS = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)


def polish(points: np.ndarray) -> np.ndarray:
    """L-BFGS (scipy.optimize.minimize) on minus the logarithm of the ratio, with a log-sum-exp for the maximum, at
    falling temperatures, heights x^2. Shape (n,) in and out, heights >= 0 with mean 1."""
    points = np.asarray(points, float)
    if points.ndim != 1 or len(points) < 2:
        return points
    best = scaled(points)
    x = np.sqrt(np.maximum(best, 1e-4))  # a height of 0 has no slope, and would stay 0
    for heat in HEATS:
        x = minimize(loss, x, (heat,), "L-BFGS-B", jac=True, options=STRICT).x
        for other in (x * x, np.where(x * x < 1e-5, 0, x * x)):
            if np.isfinite(other).all() and other.any() and ratio(other) > ratio(best):
                best = scaled(other)
    return best


def scaled(f: np.ndarray) -> np.ndarray:
    """With no negative height and a mean of 1; the constant where no height is above 0."""
    f = np.maximum(f, 0)
    f = f / f.max() if f.max() > 0 else np.ones(len(f))
    return np.asarray(f / f.mean())


def convolved(f: np.ndarray) -> np.ndarray:
    """f * f at whole steps, shape (2n - 1,), for integral 1 on an interval of length 1/2."""
    size = 1 << (2 * len(f)).bit_length()
    return np.asarray(np.fft.irfft(np.fft.rfft(f, size) ** 2, size)[: 2 * len(f) - 1] * (2 * len(f) / f.sum() ** 2))


def squared(terms: np.ndarray) -> float:
    """The integral of the square of f * f in steps: between y and z that of a line is (y^2 + y z + z^2) / 3."""
    return float((2 * terms @ terms + terms[1:] @ terms[:-1]) / 3)


def ratio(f: np.ndarray) -> float:
    """||f * f||_2^2 / (||f * f||_1 ||f * f||_inf), in floating point."""
    terms = convolved(f)
    return squared(terms) / (2 * len(f) * float(terms.max()))


def loss(x: np.ndarray, heat: float) -> tuple[float, np.ndarray]:
    """Minus the logarithm of the ratio for heights x^2, with the smooth maximum, and its derivatives by x."""
    n, f = len(x), x * x
    terms = convolved(f)
    weight = np.exp((terms - terms.max()) / heat)
    total = weight.sum()
    greatest, square = terms.max() + heat * np.log(total), squared(terms)
    beside = np.concatenate([[0.0], terms, [0.0]])
    by_terms = weight / total / greatest - (4 * terms + beside[2:] + beside[:-2]) / (3 * square)
    size = 1 << (2 * n).bit_length()
    slope = np.fft.irfft(np.fft.rfft(by_terms, size) * np.fft.rfft(f, size).conj(), size)[:n]
    slope = slope * (4 * n / f.sum() ** 2) - 2 * (by_terms @ terms) / f.sum()
    return float(np.log(greatest) - np.log(square)), 2 * x * slope


# EVOLVE-BLOCK-START
def construct() -> np.ndarray:
    """A ramp in 50 steps."""
    return np.arange(50.0, 0.0, -1.0)


# EVOLVE-BLOCK-END
