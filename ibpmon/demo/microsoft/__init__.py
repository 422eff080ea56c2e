"""A simulated Microsoft 365 on this machine: signing in, Graph, SharePoint and a mailbox, over real TLS."""

from ibpmon.demo.microsoft.faults import Fault, Storm
from ibpmon.demo.microsoft.mailbox import Mailbox, Smtp
from ibpmon.demo.microsoft.server import Microsoft

__all__ = ["Fault", "Mailbox", "Microsoft", "Smtp", "Storm"]
