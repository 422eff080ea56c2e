"""Who reads what: rights go to their owner, pupils to ICT and their director, administrators to the privacy officer.

Readers come from the configuration and the autorisatiematrix that the board itself keeps, never from collected data.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ibpmon.config import Config
from ibpmon.tell.people import About, People

Owners = Callable[[str], str | None]  # the name of a group, site or place -> the address of its proceseigenaar
PLACES = ("resource_name", "site_name", "place_name", "group_name", "name")  # fields that name what somebody owns
PUPILS = "PUP-"  # the rules of the catalogue about pupils


def nobody(_place: str) -> None:
    """Without a matrix nobody is known to own anything."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a line is about, as far as it decides who reads it."""

    owner: str  # of the rule: it, privacy_officer, process_owner, fg
    catalogue: str
    about: About
    named: frozenset[str] = frozenset()  # what administrators do: all words of every finding about the same


@dataclass(frozen=True, slots=True)
class Router:
    """Decides who reads a line."""

    config: Config
    owners: Owners = nobody

    def readers(self, subject: Subject, people: People) -> frozenset[str]:
        """The addresses of everyone who must hear it; empty when there is nobody who may."""
        if subject.owner == "fg":
            return self.role("fg")  # how ibpmon itself is used: nobody else, for each of the others may be who looked
        if subject.owner == "privacy_officer":
            return self.guards(subject, people)
        it = self.role("it")
        if subject.catalogue.startswith(PUPILS):
            return it | self.director(school_of(subject.about, people))
        if subject.owner == "process_owner":
            return self.owner_of(subject.about) or it
        return it

    def guards(self, subject: Subject, people: People) -> frozenset[str]:
        """Who looks at what administrators do: the privacy officer, else the FG, else ICT; never who did it himself."""
        for role in ("privacy", "fg", "it"):
            free = frozenset(one for one in self.role(role) if not is_in(one, subject, people))
            if free:
                return free
        return frozenset()

    def owner_of(self, about: About) -> frozenset[str]:
        """The proceseigenaar of what the line is about, when the matrix says who that is."""
        names = [str(about.evidence[name]) for name in PLACES if about.evidence.get(name)]
        found = next((address for address in map(self.owners, names) if address), None)
        return frozenset({found}) if found else frozenset()

    def director(self, school: str) -> frozenset[str]:
        """The director of a school, when the configuration names one."""
        return frozenset(one.director for one in self.config.schools if one.director and one.key == school)

    @property
    def keepers(self) -> frozenset[str]:
        """Who keeps the head of the ledger: whom the board named for it, else whoever looks at administrators.

        Not ICT: who runs ibpmon could rewrite the ledger, and the head that it kept.
        """
        others = (self.role(name) - self.role("it") for name in ("privacy", "fg"))
        return self.role("ledger") or next(filter(None, others), frozenset())

    def role(self, name: str) -> frozenset[str]:
        """Everyone with a role."""
        addresses: Mapping[Any, Sequence[str]] = self.config.mail.to
        return frozenset(addresses.get(name, ()))

    def is_it(self, readers: Collection[str]) -> bool:
        """Whether ICT reads along: then a mail may name commands."""
        return bool(self.role("it") & set(readers))


def school_of(about: About, people: People) -> str:
    """The key of the school of who or what a line is about."""
    owner = people.owner(about) or people.accounts.get(about.subject.casefold())
    return (owner.school if owner else "") or str(about.evidence.get("school") or "")


def named_in(evidence: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Every word that findings hold as one of their values, also those in lists; without capitals."""
    values = [value for one in evidence for value in one.values()]
    flat = [part for value in values for part in (value if isinstance(value, list) else [value])]
    return frozenset(part.casefold() for part in flat if isinstance(part, str))


def is_in(address: str, subject: Subject, people: People) -> bool:
    """Whether the holder of an address is somebody in this line, by account, user name or name.

    Who is in it need not have done it; but somebody else may then read it just as well.
    """
    words = subject.named | named_in([subject.about.evidence]) | {subject.about.subject.casefold()}
    return any(word.casefold() in words for word in names_of(address, people) if word)


def names_of(address: str, people: People) -> Iterator[str]:
    """What the holder of an address is called: the address itself, and whatever an account with it says."""
    yield address
    for account in people.behind(address):
        yield from (account.account_id, account.upn, account.mail, account.name)
