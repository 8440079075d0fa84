"""The first construction, and a local optimiser that constructions may call."""

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

STRICT = {"maxiter": 60, "maxcor": 20, "gtol": 1e-9, "ftol": 1e-12}
HEATS = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)


def polish(points: np.ndarray) -> np.ndarray:
    """L-BFGS (scipy.optimize.minimize) on a log-sum-exp of the autoconvolution at falling temperatures, heights x^2.
    Shape (n,) in and out, heights >= 0 with mean 1."""
    points = np.asarray(points, float)
    if points.ndim != 1 or len(points) < 2:
        return points
    best = scaled(points)
    x = np.sqrt(np.maximum(best, 1e-4))  # a height of 0 has no slope, and would stay 0
    for heat in HEATS:
        x = minimize(loss, x, (heat,), "L-BFGS-B", jac=True, options=STRICT).x
        for other in (x * x, np.where(x * x < 1e-5, 0, x * x)):
            if bound(other) < bound(best):
                best = scaled(other)
    return best


def scaled(f: np.ndarray) -> np.ndarray:
    """With no negative height and a mean of 1; the constant where no height is above 0."""
    f = np.maximum(f, 0)
    f = f / f.max() if f.max() > 0 else np.ones(len(f))
    return np.asarray(f / f.mean())


def bound(f: np.ndarray) -> float:
    """2n max(f * f) / (sum f)^2, in floating point."""
    return float(2 * len(f) * np.convolve(f, f).max() / f.sum() ** 2)


def loss(x: np.ndarray, heat: float) -> tuple[float, np.ndarray]:
    """The smooth maximum for heights x^2, and its derivatives by x."""
    n, f = len(x), x * x
    size = 1 << (2 * n).bit_length()
    unit = 2 * n / f.sum() ** 2
    spectrum = np.fft.rfft(f, size)
    terms = np.fft.irfft(spectrum * spectrum, size) * unit
    weight = np.exp((terms - terms.max()) / heat)
    total = weight.sum()
    weight = weight / total
    slope = np.fft.irfft(np.fft.rfft(weight) * spectrum.conj(), size)[:n] * (2 * unit) - 2 * (weight @ terms) / f.sum()
    return terms.max() + heat * np.log(total), 2 * x * slope


# EVOLVE-BLOCK-START
def construct() -> np.ndarray:
    """A ramp in 50 steps."""
    return np.arange(50.0, 0.0, -1.0)


# EVOLVE-BLOCK-END
