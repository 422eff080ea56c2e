"""What was signed in a review: the answers as they were at each signature. All else in it is a draft."""

from collections.abc import Iterator
from dataclasses import replace

from sqlmodel import Session

from ibpmon.review.signoff import decided
from ibpmon.review.standing import last_of_items, last_of_rules, standing, whose
from ibpmon.store.database import Store
from ibpmon.store.review_tables import ReviewDecision


def signed_answers(session: Session, store: Store, review_id: int) -> Iterator[tuple[int | str, ReviewDecision]]:
    """What somebody stands for, with the number of the item or the key of the rule.

    What he answered before it was given to somebody else, he did not sign for.
    """
    there = standing(session, store, review_id)
    for one in there.signed.values():
        then = [row for row in there.decisions if row.seq <= one.decision_seq]
        at_signing = replace(
            there,
            answers=last_of_items(then),
            confirmed=last_of_rules(then),
            assignments=[row for row in there.assignments if row.at <= one.signed_at],
        )
        yield from (found for found in decided(at_signing, one.signer) if whose(found[1]) == one.signer)
