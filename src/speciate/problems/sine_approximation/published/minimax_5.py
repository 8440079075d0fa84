def sine(x: float) -> float:
    """The odd polynomial of degree 5 of least relative error on [2^-12, pi/2], by Remez exchange."""
    s = x * x
    return x * (0.999891821 + s * (-0.165960116 + s * 0.00760290333))
