"""Watches over the accounts, rights, devices and sign-ins of a Dutch school board, and proves it."""

__version__ = "0.1.0"
