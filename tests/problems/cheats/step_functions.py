"""What is no step function, as values that reach a verifier and as programs that run: none may score."""

from __future__ import annotations

from typing import Any

import numpy as np


class Flattered(np.ndarray):
    """An array that has an answer of its own for every sum."""

    def sum(self, *args: object, **kwargs: object) -> float:  # type: ignore[override]
        return 0.5 * len(self)


class Exact(float):
    """A number that says what it likes of itself."""

    def as_integer_ratio(self) -> tuple[int, int]:
        return 1, 2


def _with(value: float, at: int = 3) -> np.ndarray[Any, Any]:
    heights = np.full(50, 0.5)
    heights[at] = value
    return heights


# Each with what the verifier says of it.
VALUES: list[tuple[object, str]] = [
    (_with(np.nan), "step 3 is nan"),
    (_with(np.inf), "step 3 is inf"),
    (_with(-np.inf), "step 3 is -inf"),
    (np.empty(0), "0 steps; there may be 1 to 30,000"),
    (np.full(30_001, 0.5), "30001 steps"),
    (np.array(0.5), r"shape \(\)"),
    (np.full((50, 1), 0.5), r"shape \(50, 1\)"),
    (np.full((25, 2), 0.5), r"shape \(25, 2\)"),
    (np.full(50, 0.5 + 0.5j), "dtype complex128"),
    (np.arange(50) % 2 == 0, "dtype bool"),
    (np.full(50, "0.5"), "dtype <U3"),
    (np.array([0.5] * 49 + [None], dtype=object), "dtype object"),
    (np.array([0.5] * 50, dtype=object), "dtype object"),
    (np.full(50, 0.5, dtype=np.longdouble), "dtype float128"),
    (np.full(50, "2020-01-01", dtype="datetime64[D]"), "dtype datetime64"),
    (np.full(50, 0.5).view(Flattered), "a Flattered"),
    (np.ma.masked_array(np.full(50, 0.5), [True] * 50), "a MaskedArray"),
    ([True] * 50, "step 0 is True"),
    ([0.5] * 49 + [None], "step 49 is None"),
    ([0.5] * 49 + [[0.5]], r"step 49 is \[0.5\]"),
    ([0.5] * 49 + [1j], "step 49 is 1j"),
    ([Exact(0.5)] * 50, "step 0 is 0.5, which is not a number"),
    ([np.longdouble(0.5)] * 50, "which is not a number"),
    ([np.bool_(True)] * 50, "which is not a number"),
    ([0.5] * 49 + ["1/2"], "step 49 is '1/2'"),
    ([0.5] * 49 + ["1e9999"], "not a number"),
    ([0.5] * 49 + ["1e-999"], "step 49 needs more than 2200 bits"),
    ([0.5] * 49 + ["nan"], "not a number"),
    ([0.5] * 49 + ["٠.٥٥٥"], "not a number"),
    ([0.5] * 49 + [10**5000], "an integer of more than"),
    (([0.5] * 50,), r"step 0 is \[0.5"),
    ({"overlap": 0.3, "bound": 1.2, "score": 0.0}, "a dict"),
    (dict.fromkeys(range(50), 0.5), "a dict"),
    (0.3808, "a float"),
    ("[0.5]", "a str"),
    (b"0.5", "a bytes"),
    (None, "a NoneType"),
]

# As they might come out of a search; `{np}` is the rest of the file.
PROGRAMS: list[tuple[str, str]] = [
    ("return np.full(50, np.nan)", "step 0 is nan"),
    ("return 0.3", "a float"),
    ("return {'overlap': 0.3, 'bound': 1.2}", "a dict"),
    ("return np.full(50, 0.5 + 0j)", "dtype complex128"),
    ("return np.full((50, 1), 0.5)", r"shape \(50, 1\)"),
    ("return np.full(50, 0.5, dtype=object)", "cannot cross"),
]
