def sine(x: float) -> float:
    """The odd polynomial of degree 3 of least relative error on [2^-12, pi/2], by Remez exchange."""
    s = x * x
    return x * (0.992787728 + s * -0.14621029)
