"""The files of the board, from bytes to rows: what kind of file it is, its cells, its heading, its values."""
