"""What is no array of points, for every verifier of one: how it is made from a good array, and why it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Cheat: TypeAlias = tuple[str, Callable[[Array], Any], str]


class Flattering(np.ndarray):
    """An array that has an answer of its own for what it is asked."""

    def tolist(self) -> Any:
        return [[0.0, 0.0, 1e6]] * 26


class Exact(float):
    """A number that says what it likes of itself."""

    def as_integer_ratio(self) -> tuple[int, int]:
        return 10**9, 1


def put(good: Array, value: float, row: int = 3, column: int = 1) -> Array:
    bad = good.copy()
    bad[row, column] = value
    return bad


def listed(good: Array, value: Any) -> list[list[Any]]:
    rows: list[list[Any]] = good.tolist()
    rows[3][1] = value
    return rows


CHEATS: list[Cheat] = [
    ("NaN", lambda good: put(good, np.nan), "row 3 is nan: coordinates are finite"),
    ("infinity", lambda good: put(good, np.inf), "row 3 is inf: coordinates are finite"),
    ("minus infinity", lambda good: put(good, -np.inf), "row 3 is -inf: coordinates are finite"),
    ("all NaN", lambda good: good * np.nan, "row 0 is nan"),
    ("1e308", lambda good: put(good, 1e308), "beyond 1,000,000"),
    ("-1e308", lambda good: put(good, -1e308), "beyond 1,000,000"),
    ("a huge integer", lambda good: listed(good, 10**4000), "beyond 1,000,000"),
    ("nothing", lambda good: None, "None: the answer is"),
    ("an empty list", lambda good: [], "a list of 0: the answer is"),
    ("an empty array", lambda good: np.empty((0, good.shape[1])), "a list of 0: the answer is"),
    ("empty rows", lambda good: [[] for _ in good], "row 0 is a list of 0"),
    ("a row less", lambda good: good[1:], "the answer is"),
    ("a row more", lambda good: np.vstack([good, good[:1]]), "the answer is"),
    ("a column less", lambda good: good[:, 1:], "row 0 is a list of"),
    ("a column more", lambda good: np.hstack([good, good[:, :1]]), "row 0 is a list of"),
    ("flat", lambda good: good.ravel(), "the answer is"),
    ("transposed", lambda good: good.T, "the answer is"),
    ("deeper", lambda good: good[:, :, None], "is a list of 1: coordinates are real numbers"),
    ("a ragged list", lambda good: [*good.tolist()[:-1], [0.5]], "is a list of 1: it must be"),
    ("complex", lambda good: good.astype(complex), "dtype complex128"),
    ("a complex number", lambda good: listed(good, 0.5 + 0j), "coordinates are real numbers"),
    ("bools", lambda good: good > 0.5, "dtype bool"),
    ("a bool", lambda good: listed(good, True), "row 3 is True"),
    ("an array of text", lambda good: good.astype(str), "dtype <U"),
    ("a word", lambda good: listed(good, "high"), "row 3 is 'high'"),
    ("objects", lambda good: good.astype(object), "dtype object"),
    ("a missing number", lambda good: listed(good, None), "row 3 is None"),
    ("a nested number", lambda good: listed(good, [0.5]), "row 3 is a list of 1"),
    ("a reported value", lambda good: 2.7, "2.7: the answer is"),
    ("a reported value beside", lambda good: [good.tolist(), 2.7], "a list of 2: the answer is"),
    ("a text", lambda good: "2.7", "the answer is"),
    ("dicts for rows", lambda good: [{"x": 0.5} for _ in good], "row 0 is a value of type dict"),
    ("a subclass of arrays", lambda good: good.view(Flattering), "type Flattering: the answer is"),
    ("a masked array", lambda good: np.ma.masked_array(good, good < 2), "type MaskedArray: the answer is"),
    ("a number of its own", lambda good: listed(good, Exact(0.5)), "type Exact: coordinates"),
    ("more digits than a float has", lambda good: good.astype(np.longdouble), "dtype float128"),
    ("dates", lambda good: good.astype(int).astype("datetime64[D]"), "dtype datetime64"),
]
REPORTED: Cheat = ("a dict with a score", lambda good: {"score": 2.7}, "the answer is|a dict with the keys")
