"""Figures and benchmarks: ratios inside one run, never a timed test."""
