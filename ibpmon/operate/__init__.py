"""Running ibpmon: one round of work, and the daemon that repeats it."""
