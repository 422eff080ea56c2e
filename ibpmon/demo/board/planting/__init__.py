"""Planted problems, and beside each the false positives that the same rule must leave alone.

Nothing here knows how the engine finds anything; the thresholds are those of the rules as people read them. Where a
rule has a number, one story stands right on it and one decoy right under it, so that a wrong number shows.
"""
