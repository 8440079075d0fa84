"""What a specialist writes in an hour: the odd polynomial of degree 9 of least error in units in the last place (a
weighted least squares fit by Lawson's method, 1961, worked out beforehand), and then its coefficients' last bits, which
rounding decides, by trial. One start a program: the seed says by how much each coefficient is off."""


def sine(x: float) -> float:
    """10 operations on x; what is made of numbers alone counts nothing."""
    SEED = 0
    whole = 12582912.0  # adding it, and taking it off again, rounds a float32 to a whole number
    first = SEED - ((SEED / 3 + whole) - whole) * 3  # -1 to 1
    second = SEED - ((SEED / 7 + whole) - whole) * 7  # -3 to 3
    third = SEED - ((SEED / 11 + whole) - whole) * 11  # -5 to 5
    fourth = SEED - ((SEED / 13 + whole) - whole) * 13  # -6 to 6
    a = -0.166666597 + first * 1.4901161e-08
    b = 0.00833306089 + second * 9.3132257e-10
    c = -0.00019809173 + third * 1.1641532e-10
    d = 2.6048258e-06 + fourth * 1.4551915e-11
    s = x * x
    return x + x * (a + s * (b + s * (c + s * d))) * s
