def sine(x: float) -> float:
    """The odd polynomial of degree 7 of least relative error on [2^-12, pi/2], by Remez exchange."""
    s = x * x
    return x * (0.999999061 + s * (-0.166655541 + s * (0.0083118998 + s * -0.000184881403)))
