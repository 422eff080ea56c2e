"""Who owns what, as mails need it: the address of the proceseigenaar of a group, site or place, from the matrix."""

import logging
from collections.abc import Callable

from ibpmon.config import Config
from ibpmon.errors import ContentError, RefusedError
from ibpmon.review.matrix import Matrix, fits_any
from ibpmon.review.matrix_in_use import matrix_in_use
from ibpmon.store.database import Store

log = logging.getLogger("ibpmon.review")


def addresses_of(store: Store, config: Config) -> Callable[[str], str | None]:
    """A function from the name of a place to an address; None where the matrix names nobody.

    A matrix that cannot be read holds up no mail: then ICT reads what the owner would have read.
    """
    matrix = matrix_or_none(store, config)
    return lambda place: address_of(matrix, place) if matrix else None


def matrix_or_none(store: Store, config: Config) -> Matrix | None:
    """The matrix of the board, when there is one that can be read."""
    try:
        return matrix_in_use(store, config)
    except (ContentError, RefusedError) as error:
        log.warning("the mails for owners go to ICT: %s", error)
        return None


def address_of(matrix: Matrix, place: str) -> str | None:
    """The address of the owner of the first process that names this place."""
    owners = (one.mail for one in matrix.content.processes if fits_any(one.resources, place))
    return next(owners, None)
