"""What a person is called on a page: the one place that decides it. Pupils go by their pseudonym."""

from dataclasses import dataclass

from ibpmon.config import Config
from ibpmon.language import _
from ibpmon.privacy.pseudonyms import Pseudonyms, load_or_make
from ibpmon.review.items import Words
from ibpmon.review.nouns import Principal
from ibpmon.tell.words import shown

UNNAMED = ("", "unknown", "pupil")  # who fits no kind of account may be a pupil


@dataclass(frozen=True, slots=True)
class Someone:
    """An account, as far as it decides what its person is called."""

    account_id: str
    name: str
    upn: str = ""
    population: str = ""
    school: str = ""

    @property
    def named(self) -> bool:
        """Whether the name itself may be shown."""
        return self.population not in UNNAMED


@dataclass(frozen=True, slots=True)
class Names:
    """Gives everyone the name that may be shown."""

    pseudonyms: Pseudonyms
    words: Words
    revealed: frozenset[str] = frozenset()  # the accounts of which this reader asked the name, and said why

    def may_be_named(self, one: Someone) -> bool:
        """Whether this reader may see the name itself."""
        return one.named or one.account_id in self.revealed

    def called(self, one: Someone) -> str:
        """The name; of a pupil the pseudonym, and of who was not placed yet another made-up one."""
        if self.may_be_named(one):
            return shown(one.name or one.upn or one.account_id)
        if one.population == "pupil":
            return self.pseudonyms.of(one.account_id)
        return f"account-{self.pseudonyms.code(one.account_id)}"

    def account(self, one: Someone) -> str:
        """The user name of who may be named; empty for others, because it holds the name."""
        return shown(one.upn, links=True) if self.may_be_named(one) else ""

    def device(self, name: str, serial: str, user: Someone | None) -> str:
        """A device by its name; one of a pupil by its serial number, because people call devices after themselves."""
        if user is None or self.may_be_named(user):
            return shown(name or serial) or _("a device without a name")
        return _("device {serial}").format(serial=shown(serial)) if serial else _("a device without a serial number")


@dataclass(frozen=True, slots=True)
class PageWords(Words):
    """The words of the reviews, with names as `called` gives them."""

    revealed: frozenset[str] = frozenset()

    def who(self, principal: Principal) -> str:
        """The name under which someone or something appears."""
        one = principal.person
        if one is None or principal.kind != "person":
            return Words.who(self, principal)
        return Names(self.pseudonyms, self, self.revealed).called(Someone(one.id, one.name, one.upn, one.population))


def names_of(config: Config, revealed: frozenset[str] = frozenset()) -> Names:
    """The names of the board, as somebody reads them who asked for these."""
    pseudonyms = load_or_make(config.store.pseudonym_key)
    schools = {one.key: one.name for one in config.schools}
    return Names(pseudonyms, PageWords(pseudonyms, schools, config.time_zone, revealed), revealed)
