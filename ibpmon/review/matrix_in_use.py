"""The autorisatiematrix that counts: the version that its owners approved, and the file as long as there is none."""

from ibpmon.config import Config
from ibpmon.review.matrix import Matrix
from ibpmon.review.matrix_list import matrix_of
from ibpmon.review.matrix_toml import refuse_unfilled
from ibpmon.review.matrix_versions import approved_matrix
from ibpmon.store.database import Store


def matrix_in_use(store: Store, config: Config) -> Matrix | None:
    """The matrix of the board; None when nothing was approved and config.toml names no file.

    A version that its owners approved comes before the file: whoever can write the file cannot change a rule.
    Raises ContentError for a file that cannot be read, RefusedError for one in which still something has to be
    filled in, or for a version that was changed past ibpmon.
    """
    with store.read() as session:
        approved = approved_matrix(session, store)
    if approved or config.files.matrix is None:
        return approved
    found = matrix_of(config.files.matrix)
    refuse_unfilled(found.content, config.files.matrix.path.name, is_used=True)
    return found
