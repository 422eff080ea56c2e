"""A seeded, fictitious school board with planted problems and the truth about them."""

from ibpmon.demo.board.files import settings, write_files
from ibpmon.demo.board.make import make_board
from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.script import Event, Removal, advance, carry_out

__all__ = ["Board", "Event", "Removal", "advance", "carry_out", "make_board", "settings", "write_files"]
