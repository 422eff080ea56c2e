"""`ibpmon check`: everything that must be right before the daemon can do its work, asked once and told in words."""

from ibpmon.operate.check.run import Check, check_all

__all__ = ["Check", "check_all"]
