"""Telling people: alerts that change state, and mails that say what changed."""
