"""Downloads from Microsoft's admin centers: through the same fields and into the same tables as what Graph gives."""

from ibpmon.collect.downloads.importing import import_file
from ibpmon.collect.downloads.reading import Wish

__all__ = ["Wish", "import_file"]
