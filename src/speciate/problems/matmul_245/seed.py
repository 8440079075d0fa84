"""The first algorithm, and a random walk among algorithms that constructions may call."""

import random
import zlib
from itertools import product
from typing import TypeAlias

import numpy as np

SIZES = (8, 20, 10)  # of U, V and W: entries of A (2 x 4), of B (4 x 5) and of the transpose of A B
FLIPS, PARTS = 3000, 8  # of the walk, in each of so many parts of the algorithm
ASIDE = 0.1  # how often one is taken that has as many products: it is another, but with less order in it
PATIENCE = 1000  # flips without a gain after which a product is split in two
NONE = (0, 0)
OTHERS = ((1, 2), (2, 1), (2, 0), (0, 2), (0, 1), (1, 0))  # than the factor that two products share

Factor: TypeAlias = tuple[int, int]  # the places of 1 and those of -1, as bits
Product: TypeAlias = list[Factor]  # of U, V and W


def polish(points: np.ndarray) -> np.ndarray:
    """A walk in the flip graph (Kauers & Moosbauer 2022, with the plus transitions of Arai, Ichikawa & Hukushima 2024):
    products with a factor in common exchange what they can, until one of them is 0.

    Shape (38, R) in, the rows of U, V and W, near to an exact algorithm with entries -1, 0 and 1; out (38, R') of one,
    R' <= R. The walk is drawn by the array, so what is moved a little walks elsewhere. What is not near to an algorithm
    comes back as it is.
    """
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or len(points) != sum(SIZES) or not 1 <= points.shape[1] <= 80 or not np.isfinite(points).all():
        return points
    whole = exact(points)
    if whole is None:
        return points
    rng = random.Random(zlib.crc32(points.tobytes()))
    products = [[packed(part) for part in split(column)] for column in whole.T]
    for _ in range(PARTS):
        found = walked_in_part(products, rng)
        if len(found) < len(products) or rng.random() < ASIDE:
            products = found
    return joined(products)


def exact(points: np.ndarray) -> np.ndarray | None:
    """The exact algorithm with entries -1, 0 and 1 that is nearest, or one that shares two of three factors with it."""
    whole = np.clip(np.rint(points), -1, 1)
    parts, target = split(whole), tensor()
    if (np.einsum("ir,jr,kr->ijk", *parts, optimize=True) == target).all():
        return np.asarray(whole)
    for place in range(3):
        one, other = (parts[each] for each in range(3) if each != place)
        pairs = (one[:, None] * other[None]).reshape(-1, whole.shape[1])
        sides = np.moveaxis(target, place, 0).reshape(SIZES[place], -1).T
        solved = np.rint(np.linalg.lstsq(pairs, sides, rcond=None)[0]).T
        if np.abs(solved).max() <= 1 and (pairs @ solved.T == sides).all():
            return np.vstack([solved if each == place else parts[each] for each in range(3)])
    return None


def tensor() -> np.ndarray:
    """Of matrix multiplication <2, 4, 5>."""
    found = np.zeros(SIZES)
    for i, j, k in product(range(2), range(4), range(5)):
        found[i * 4 + j, j * 5 + k, k * 2 + i] = 1
    return found


def split(rows: np.ndarray) -> list[np.ndarray]:
    """Into U, V and W."""
    return np.split(rows, np.cumsum(SIZES)[:-1])


def packed(numbers: np.ndarray) -> Factor:
    plus, minus = (sum(1 << at for at in np.flatnonzero(numbers == sign).tolist()) for sign in (1, -1))
    return plus, minus


def joined(products: list[Product]) -> np.ndarray:
    """As an array again, shape (38, R)."""
    columns = [
        [
            (plus >> at & 1) - (minus >> at & 1)
            for (plus, minus), size in zip(each, SIZES, strict=True)
            for at in range(size)
        ]
        for each in products
    ]
    return np.array(columns, dtype=float).T


def walked_in_part(products: list[Product], rng: random.Random) -> list[Product]:
    """A walk of those products that stay within some columns of A and of B."""
    inner, columns = (
        rng.sample(range(4), rng.choice((2, 2, 2, 3, 4))),
        rng.sample(range(5), rng.choice((2, 2, 2, 3, 4, 5))),
    )
    within = (
        sum(1 << i * 4 + j for i in range(2) for j in inner),
        sum(1 << j * 5 + k for j in inner for k in columns),
        sum(1 << k * 2 + i for k in columns for i in range(2)),
    )
    inside = [
        all(not (plus | minus) & ~mask for (plus, minus), mask in zip(each, within, strict=True)) for each in products
    ]
    walk = Walk([each for each, taken in zip(products, inside, strict=True) if taken], rng)
    return [each for each, taken in zip(products, inside, strict=True) if not taken] + walk.walked(FLIPS)


class Walk:
    """Products on their way, and which of them have each factor, up to its sign."""

    def __init__(self, products: list[Product], rng: random.Random) -> None:
        self.products: list[Product] = []
        self.having: tuple[dict[Factor, list[int]], ...] = ({}, {}, {})
        self.draw = rng.random
        for each in products:
            self.add(list(each))

    def walked(self, flips: int) -> list[Product]:
        """The first products of the least number that were come by, or the last where no number was less."""
        best, last, done = [list(each) for each in self.products], 0, 0
        for _ in range(12 * flips):
            if done >= flips or len(self.products) < 2:
                break
            draw = int(self.draw() * len(self.products) * 6)
            number, place, others = draw // 6, draw % 6 // 2, OTHERS[draw % 6]
            alike = self.having[place][unsigned(self.products[number][place])]
            if len(alike) > 1:
                done += self.flip(number, alike[int(self.draw() * len(alike))], place, others)
            elif done - last > PATIENCE and len(self.products) <= len(best):
                self.plus(number, int(self.draw() * len(self.products)), others)
                last = done
            if len(self.products) < len(best):
                best, last = [list(each) for each in self.products], done
        return [list(each) for each in self.products] if len(self.products) == len(best) else best

    def flip(self, number: int, other: int, place: int, others: tuple[int, int]) -> bool:
        """a b c + a b' c' = a (b + b') c + a b' (c' - c), or the same with - and +: whether it was possible."""
        if number == other:
            return False
        one, two, (second, third) = self.products[number], self.products[other], others
        sign = 1 if self.draw() < 0.5 else -1
        turned = one[place] != two[place]
        left = summed(one[second], two[second], sign)
        right = summed(opposite(two[third]) if turned else two[third], one[third], -sign)
        if left is None or right is None:
            return False
        self.put(number, second, left)
        self.put(other, third, right)
        if turned:
            self.put(other, place, one[place])
        for each in sorted((number, other), reverse=True):
            if NONE in self.products[each]:
                self.drop(each)
        return True

    def plus(self, number: int, other: int, others: tuple[int, int]) -> None:
        """a b c = a (b + b') c - a b' c, so that there is a product more with the other's b', where it can be."""
        one, two, (second, third) = self.products[number], self.products[other], others
        total = summed(one[second], two[second], 1)
        if number != other and total not in (None, NONE):
            more = list(one)
            more[second], more[third] = two[second], opposite(one[third])
            self.put(number, second, total)
            self.add(more)

    def add(self, product: Product) -> None:
        for place in range(3):
            self.having[place].setdefault(unsigned(product[place]), []).append(len(self.products))
        self.products.append(product)

    def put(self, number: int, place: int, factor: Factor) -> None:
        self.leave(number, place)
        self.products[number][place] = factor
        self.having[place].setdefault(unsigned(factor), []).append(number)

    def drop(self, number: int) -> None:
        for place in range(3):
            self.leave(number, place)
        last = self.products.pop()
        if number < len(self.products):
            self.products[number] = last
            for place in range(3):
                alike = self.having[place][unsigned(last[place])]
                alike[alike.index(len(self.products))] = number

    def leave(self, number: int, place: int) -> None:
        key = unsigned(self.products[number][place])
        alike = self.having[place][key]
        alike.remove(number)
        if not alike:
            del self.having[place][key]


def unsigned(factor: Factor) -> Factor:
    return factor if factor[0] > factor[1] else (factor[1], factor[0])


def opposite(factor: Factor) -> Factor:
    return factor[1], factor[0]


def summed(one: Factor, other: Factor, sign: int) -> Factor | None:
    """Their sum or difference, None where that has an entry of 2."""
    (plus, minus), (more, less) = one, other if sign > 0 else opposite(other)
    if plus & more or minus & less:
        return None
    return plus & ~less | more & ~minus, minus & ~more | less & ~plus


# EVOLVE-BLOCK-START
def construct() -> np.ndarray:
    """The definition: a product for each entry of A and each of B that meet; the rows of U, V and W, shape (38, 40)."""
    factors = np.zeros((38, 40))
    for i in range(2):
        for j in range(4):
            for k in range(5):
                number = i * 20 + j * 5 + k
                factors[i * 4 + j, number] = 1
                factors[8 + j * 5 + k, number] = 1
                factors[28 + k * 2 + i, number] = 1
    return factors


# EVOLVE-BLOCK-END
