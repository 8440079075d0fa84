"""Where a run is kept: one file, written by one engine, read by anybody."""
