"""Backups: made while everybody works on, opened again before they count, and put back whole."""
