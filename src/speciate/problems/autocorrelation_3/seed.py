"""The first construction, and a local optimiser that constructions may call."""

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

STRICT = {"maxiter": 60, "maxcor": 20, "gtol": 1e-9, "ftol": 1e-12}
HEATS = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
LEAST = 1e-3  # of the size of the mean against that of the heights: below it the bound is beyond all sense


def polish(points: np.ndarray) -> np.ndarray:
    """L-BFGS (scipy.optimize.minimize) on a log-sum-exp of the autoconvolution at falling temperatures. Shape (n,) in
    and out, heights of either sign with mean 1."""
    points = np.asarray(points, float)
    if points.ndim != 1 or len(points) < 2:
        return points
    best = x = scaled(points)
    for heat in HEATS:
        x = minimize(loss, x, (heat,), "L-BFGS-B", jac=True, options=STRICT).x
        if np.isfinite(x).all() and bound(x) < bound(best):
            best = scaled(x)
    return best


def scaled(f: np.ndarray) -> np.ndarray:
    """With a mean of 1; the absolute values where the mean is about 0, the constant where all is 0."""
    greatest = np.abs(f).max()
    f = f / greatest if greatest > 0 else np.ones(len(f))
    f = np.abs(f) if abs(f.mean()) < LEAST else f
    return np.asarray(f / f.mean() if abs(f.mean()) >= LEAST else np.ones(len(f)))


def bound(f: np.ndarray) -> float:
    """2n max(f * f) / (sum f)^2, in floating point."""
    return float(2 * len(f) * np.convolve(f, f).max() / f.sum() ** 2)


def loss(x: np.ndarray, heat: float) -> tuple[float, np.ndarray]:
    """The smooth maximum for heights x, and its derivatives by x."""
    n = len(x)
    size = 1 << (2 * n).bit_length()
    unit = 2 * n / x.sum() ** 2
    spectrum = np.fft.rfft(x, size)
    terms = np.fft.irfft(spectrum * spectrum, size)[: 2 * n - 1] * unit
    weight = np.exp((terms - terms.max()) / heat)
    total = weight.sum()
    weight = weight / total
    slope = np.fft.irfft(np.fft.rfft(weight, size) * spectrum.conj(), size)[:n] * (2 * unit)
    return float(terms.max() + heat * np.log(total)), slope - 2 * (weight @ terms) / x.sum()


# EVOLVE-BLOCK-START
def construct() -> np.ndarray:
    """A ramp in 50 steps."""
    return np.arange(50.0, 0.0, -1.0)


# EVOLVE-BLOCK-END
