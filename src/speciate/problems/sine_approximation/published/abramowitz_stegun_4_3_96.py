def sine(x: float) -> float:
    """Abramowitz & Stegun, Handbook of Mathematical Functions, 1964, 4.3.96: sin(x)/x within 2e-4 on [0, pi/2]."""
    s = x * x
    return x * (1.0 + s * (-0.16605 + s * 0.00761))
