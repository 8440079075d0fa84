def sine(x: float) -> float:
    """The odd polynomial of degree 9 of least relative error on [2^-12, pi/2], by Remez exchange."""
    s = x * x
    return x + x * s * (-0.166666596 + s * (0.00833306625 + s * (-0.000198096029 + s * 2.60578064e-06)))
