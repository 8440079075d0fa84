"""The page where runs are watched, understood and steered: what it asks, and who serves it."""
