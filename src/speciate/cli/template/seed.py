"""The first program. Only what stands between the two markers changes (without markers, the whole file may)."""


# EVOLVE-BLOCK-START
def estimate(x: float) -> float:
    """How many primes there are up to x, about."""
    return 10 + 0.1 * x


# EVOLVE-BLOCK-END
