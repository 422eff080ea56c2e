"""A seeded, fictitious school board with planted problems and the truth about them."""

from ibpmon.demo.board.files import settings, write_files
from ibpmon.demo.board.make import make_board
from ibpmon.demo.board.nouns import Board

__all__ = ["Board", "make_board", "settings", "write_files"]
