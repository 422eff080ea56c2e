"""What pupils may do that only staff should, and guests for whom nobody answers; beside each what is in order."""

from ibpmon.demo.board.nouns import Board

MAY_INVITE, MAY_MAKE = "pupils-may-invite-guests", "pupils-may-make-groups-or-apps"
POLICY = "authorizationPolicy"


def plant_settings(board: Board) -> None:
    """What everyone may, pupils too, as Microsoft delivers it."""
    board.plant(MAY_INVITE, POLICY, "as Microsoft delivers it", "pupils can invite anyone")
    board.plant(MAY_MAKE, POLICY, "as Microsoft delivers it", "pupils can register an app")
