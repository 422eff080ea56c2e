"""Collecting: connector files say what to read; one run reads it whole, or says what is missing."""
