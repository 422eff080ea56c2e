"""Rule files as they lie there: read within bounds, and filled in with the lists of the board."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ibpmon.judge.filling import Lists, filled
from ibpmon.judge.reading import BYTES, Document, Problems, read_documents
from ibpmon.judge.sigmahq import adopted, public_service
from ibpmon.language import _
from ibpmon.store.view import Columns, View


@dataclass(slots=True)
class RuleFile:
    """One file: what it holds, and what is wrong with it."""

    path: Path
    content: bytes  # with all that it takes from the configuration: when that changes, so does the rule
    documents: list[Document]
    problems: Problems
    public: bool = False  # a public rule, which came without a block
    mapped: Mapping[str, str] = field(default_factory=dict)  # of that: a field as it spells it -> ours

    @property
    def filters(self) -> bool:
        """Whether it is a filter: it narrows rules, and is none itself."""
        return any(isinstance(one.value, dict) and "filter" in one.value for one in self.documents)


def read_file(path: Path, kinds: Mapping[str, View], lists: Lists, own: Path | None = None) -> RuleFile:
    """A file with its documents; with none when it cannot be read, and then its problems say why."""
    problems = Problems(path)
    content = content_of(path, problems)
    found = [] if problems.found else read_documents(path, content, problems)
    public = any(public_service(one) for one in found)
    mapped: dict[str, str] = {}
    found = [adopted(one, kinds, own, problems, mapped) for one in found]
    for part in ("detection", "filter"):
        found = [filled(one, part, columns_of(one, kinds), lists, problems) for one in found]
    used = [f"%{name}%={values!r}" for name, values in lists.items() if f"%{name}%".encode() in content]
    return RuleFile(path, content + "".join(used).encode(), found, problems, public, mapped)


def content_of(path: Path, problems: Problems) -> bytes:
    """What stands in a file, and no more of it than fits a rule and one byte."""
    try:
        if path.is_file():
            with path.open("rb") as file:
                return file.read(BYTES + 1)
        problems.add(1, _("this is no file"))
    except OSError as error:
        problems.add(1, _("this file cannot be read: {reason}").format(reason=error.strerror))
    return b""


def service_of(document: Document) -> str:
    """The view that a document names; nothing when it names none."""
    source: Any = document.value.get("logsource") if isinstance(document.value, dict) else None
    return str(source.get("service", "")) if isinstance(source, dict) else ""


def columns_of(document: Document, kinds: Mapping[str, View]) -> Columns:
    """The fields of the view that a document names."""
    view = kinds.get(service_of(document))
    return view.columns if view else {}
