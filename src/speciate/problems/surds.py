"""Exact numbers of plane figures with angles of 60 degrees: the field Q(sqrt 3), and rational points of the unit circle
for any other angle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

BITS = 256
ROOT = math.isqrt(3 << 2 * BITS)  # sqrt(3) * 2^BITS, rounded down
FINE = 160  # bits of the fixed point in which a tangent is computed
TANGENT = 110  # bits that are kept of it
PI = (314159265358979323846264338327950288419716939937510 << FINE) // 10**50


@dataclass(frozen=True, slots=True)
class Surd:
    """The number (a + b sqrt(3)) / d, d > 0. Two of them are compared exactly."""

    a: int
    b: int
    d: int

    def sign(self) -> int:
        """-1, 0 or 1."""
        one, other = (self.a > 0) - (self.a < 0), (self.b > 0) - (self.b < 0)
        if one * other >= 0:
            return one or other
        return one if self.a**2 > 3 * self.b**2 else other  # never equal: sqrt(3) is irrational

    def plus(self, other: Surd) -> Surd:
        if self.d == other.d:
            return Surd(self.a + other.a, self.b + other.b, self.d)
        return Surd(self.a * other.d + other.a * self.d, self.b * other.d + other.b * self.d, self.d * other.d)

    def negative(self) -> Surd:
        return Surd(-self.a, -self.b, self.d)

    def minus(self, other: Surd) -> Surd:
        return self.plus(other.negative())

    def times(self, factor: Fraction) -> Surd:
        """`factor`: rational, any."""
        return Surd(self.a * factor.numerator, self.b * factor.numerator, self.d * factor.denominator)

    def over_root(self) -> Surd:
        """Divided by sqrt(3)."""
        return Surd(3 * self.b, self.a, 3 * self.d)

    def above(self) -> Fraction:
        """A rational number that is no less, and more by |b / d| 2^-256 at most."""
        return Fraction((self.a << BITS) + self.b * (ROOT + (self.b > 0)), self.d << BITS)

    def __lt__(self, other: Surd) -> bool:
        return self.minus(other).sign() < 0


@dataclass(frozen=True, slots=True)
class Turn:
    """The angle with the cosine c / d and the sine s / d: integers with c^2 + s^2 = d^2, d > 0."""

    c: int
    s: int
    d: int

    def less(self, other: Turn) -> Turn:
        """The difference of two angles."""
        return Turn(self.c * other.c + self.s * other.s, self.s * other.c - self.c * other.s, self.d * other.d)


def turn(degrees: Fraction) -> Turn:
    """An angle of a hexagon, which is the same after 60 degrees, as a turn that differs from it by less than 1e-32
    radians, computed by integers, on every machine alike; 0 is exactly 0."""
    degrees -= 60 * math.floor(degrees / 60 + Fraction(1, 2))  # from -30 to 30
    tangent = _tangent(abs(degrees)) * (-1 if degrees < 0 else 1)
    c, s, d = (1 << 2 * TANGENT) - tangent**2, tangent << TANGENT + 1, (1 << 2 * TANGENT) + tangent**2
    common = math.gcd(c, s, d)
    return Turn(c // common, s // common, d // common)


def _tangent(degrees: Fraction) -> int:
    """Of half an angle from 0 to 30, times 2^TANGENT, rounded down but for the last bits of FINE."""
    half, series, term = degrees.numerator * PI // (360 * degrees.denominator), [0, 0], 1 << FINE
    for power in count():  # Taylor's series of the cosine and the sine, term by term
        series[power & 1] += -term if power & 2 else term
        term = term * half // (power + 1) >> FINE
        if not term:
            break
    cosine, sine = series
    return (sine << TANGENT) // cosine
