"""What a specialist writes in an hour: Strassen's algorithm (1969) in four blocks, 36 multiplications, and from there a
random walk in the flip graph (Kauers & Moosbauer 2022) with plus transitions (Arai, Ichikawa & Hukushima 2024). One
start a program."""

import random

import numpy as np

SEED = 0
FLIPS = 180_000
PATIENCE = 15_000  # flips without a gain after which a product is split in two
SIZES = (8, 20, 10)
# Of the products of 2 x 2 matrices, entries row by row; the last is the transpose's.
STRASSEN = (
    ((1, 0, 0, 1), (1, 0, 0, 1), (1, 0, 0, 1)),
    ((0, 0, 1, 1), (1, 0, 0, 0), (0, 1, 0, -1)),
    ((1, 0, 0, 0), (0, 1, 0, -1), (0, 0, 1, 1)),
    ((0, 0, 0, 1), (-1, 0, 1, 0), (1, 1, 0, 0)),
    ((1, 1, 0, 0), (0, 0, 0, 1), (-1, 0, 1, 0)),
    ((-1, 0, 1, 0), (1, 1, 0, 0), (0, 0, 0, 1)),
    ((0, 1, 0, -1), (0, 0, 1, 1), (1, 0, 0, 0)),
)
PLACES = ((0, 1, 2), (0, 2, 1), (1, 2, 0), (1, 0, 2), (2, 0, 1), (2, 1, 0))  # a factor in common, and the others
Factor = tuple[int, int]  # the places of 1 and those of -1, as bits


def construct() -> np.ndarray:
    """The rows of U, V and W, shape (38, R)."""
    rng = random.Random(SEED)
    products = walked(blocks(rng), rng)
    columns = [
        [
            (plus >> at & 1) - (minus >> at & 1)
            for (plus, minus), size in zip(each, SIZES, strict=True)
            for at in range(size)
        ]
        for each in products
    ]
    return np.array(columns, dtype=float).T


def blocks(rng: random.Random) -> list[list[Factor]]:
    """Strassen's algorithm for pairs of columns of A and of B, and the definition for the column of B that is left."""
    inner, columns, products = rng.sample(range(4), 4), rng.sample(range(5), 5), []
    for j in (inner[:2], inner[2:]):
        for k in (columns[:2], columns[2:4]):
            places = (
                [i * 4 + each for i in range(2) for each in j],
                [each * 5 + other for each in j for other in k],
                [each * 2 + i for each in k for i in range(2)],
            )
            products += [[packed(*each) for each in zip(parts, places, strict=True)] for parts in STRASSEN]
    last = columns[4]
    return products + [
        [(1 << i * 4 + j, 0), (1 << j * 5 + last, 0), (1 << last * 2 + i, 0)] for i in range(2) for j in inner
    ]


def packed(entries: tuple[int, ...], places: list[int]) -> Factor:
    plus, minus = (
        sum(1 << place for entry, place in zip(entries, places, strict=True) if entry == sign) for sign in (1, -1)
    )
    return plus, minus


def walked(products: list[list[Factor]], rng: random.Random) -> list[list[Factor]]:
    """The first algorithm with the fewest products on a walk. Two products a b c and a b' c' become a (b + b') c and
    a b' (c' - c), or so with other signs; where one of these is 0 there is a product less."""
    best, last, draw = [list(each) for each in products], 0, rng.random
    for flip in range(FLIPS):
        number = int(draw() * len(products))
        one = products[number]
        place, second, third = PLACES[int(draw() * 6)]
        plus, minus = one[place]
        alike = [each for each in products if each[place] in ((plus, minus), (minus, plus))]
        other = alike[int(draw() * len(alike))]
        if other is one:
            if flip - last > PATIENCE and len(products) <= len(best):
                split(products, one, products[int(draw() * len(products))], second, third)
                last = flip
            continue
        sign = 1 if draw() < 0.5 else -1
        left = summed(one[second], other[second], sign)
        right = summed(other[third] if other[place] == one[place] else other[third][::-1], one[third], -sign)
        if left is None or right is None:
            continue
        one[second], other[third], other[place] = left, right, one[place]
        products[:] = [each for each in products if (0, 0) not in each] if (0, 0) in (left, right) else products
        if len(products) < len(best):
            best, last = [list(each) for each in products], flip
    return best


def split(products: list[list[Factor]], one: list[Factor], other: list[Factor], second: int, third: int) -> None:
    """a b c = a (b + b') c - a b' c, so that there is a product more with the other's b', where it can be."""
    total = summed(one[second], other[second], 1)
    if one is not other and total not in (None, (0, 0)):
        more = list(one)
        more[second], more[third] = other[second], one[third][::-1]
        one[second] = total
        products.append(more)


def summed(one: Factor, other: Factor, sign: int) -> Factor | None:
    """Their sum or difference, None where that has an entry of 2."""
    (plus, minus), (more, less) = one, other[::sign]
    if plus & more or minus & less:
        return None
    return plus & ~less | more & ~minus, minus & ~more | less & ~plus
