"""What a person is called on a page: the one place that decides it. Pupils go by their pseudonym."""

from dataclasses import dataclass

from ibpmon.config import Config
from ibpmon.language import _
from ibpmon.privacy.pseudonyms import Pseudonyms, load_or_make
from ibpmon.review.items import Words
from ibpmon.review.nouns import Principal
from ibpmon.tell.words import shown


@dataclass(frozen=True, slots=True)
class Someone:
    """An account, as far as it decides what its person is called; `population` is empty when nobody placed it."""

    account_id: str
    name: str
    upn: str = ""
    population: str = ""
    school: str = ""

    @property
    def named(self) -> bool:
        """Whether the name itself may be shown."""
        return self.population not in ("", "pupil")


@dataclass(frozen=True, slots=True)
class Names:
    """Gives everyone the name that may be shown."""

    pseudonyms: Pseudonyms
    words: Words

    def called(self, one: Someone) -> str:
        """The name; of a pupil the pseudonym, and of who was not placed yet another made-up one."""
        if one.named:
            return shown(one.name or one.upn or one.account_id)
        if one.population == "pupil":
            return self.pseudonyms.of(one.account_id)
        return f"account-{self.pseudonyms.code(one.account_id)}"

    def account(self, one: Someone) -> str:
        """The user name of who may be named; empty for others, because it holds the name."""
        return shown(one.upn, links=True) if one.named else ""

    def device(self, name: str, serial: str, user: Someone | None) -> str:
        """A device by its name; one of a pupil by its serial number, because people call devices after themselves."""
        if user is None or user.named:
            return shown(name or serial) or _("a device without a name")
        return _("device {serial}").format(serial=shown(serial)) if serial else _("a device without a serial number")


class PageWords(Words):
    """The words of the reviews, with names as `called` gives them."""

    def who(self, principal: Principal) -> str:
        """The name under which someone or something appears."""
        one = principal.person
        if one is None or principal.kind != "person":
            return super().who(principal)
        population = one.population if one.population != "unknown" or one.name != one.id else ""
        return Names(self.pseudonyms, self).called(Someone(one.id, one.name, one.upn, population))


def names_of(config: Config) -> Names:
    """The names of the board."""
    pseudonyms = load_or_make(config.store.pseudonym_key)
    schools = {one.key: one.name for one in config.schools}
    return Names(pseudonyms, PageWords(pseudonyms, schools, config.time_zone))
