"""What pupils may do that only staff should, and guests for whom nobody answers."""

from collections.abc import Iterator

from ibpmon.demo.board.nouns import Board
from ibpmon.demo.board.truth.facts import Finding


def find_allowed_to_all(board: Board) -> Iterator[Finding]:
    """Settings by which every account, and so a pupil, may invite guests, make groups or register apps."""
    policy = board.authorization_policy
    if policy["allowInvitesFrom"] in ("everyone", "adminsGuestInvitersAndAllMembers"):
        yield "pupils-may-invite-guests", policy["id"], ""
    allowed = policy["defaultUserRolePermissions"]
    if allowed["allowedToCreateApps"] or allowed["allowedToCreateSecurityGroups"]:
        yield "pupils-may-make-groups-or-apps", policy["id"], ""


FINDERS = (find_allowed_to_all,)
