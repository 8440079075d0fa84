def sine(x: float) -> float:
    """Abramowitz & Stegun, Handbook of Mathematical Functions, 1964, 4.3.97: sin(x)/x within 2e-9 on [0, pi/2]."""
    s = x * x
    high = s * (-0.0001984090 + s * (0.0000027526 + s * -0.0000000239))
    return x * (1.0 + s * (-0.1666666664 + s * (0.0083333315 + high)))
