"""The access review: who may enter what, and whether the board's own matrix agrees."""
