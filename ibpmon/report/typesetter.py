"""Sets one document with typst, as a small process of its own: typst keeps the memory of every document it made.

It is started by its path and knows nothing of ibpmon: a job comes in on stdin, the PDF or what is wrong goes out.
"""

import json
import sys
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

STANDARDS: list[Any] = ["a-2a", "ua-1"]  # kept for years, and read aloud; typst refuses what breaks them
MOST_MEMORY = 3 << 30  # bytes of address space; a document of 2,000 rows takes a tenth of it
NOWHERE = "/dev/null/packages"  # where typst would look for packages: they are code from elsewhere
REFUSED, MISSING = 1, 3  # exit codes: the document cannot be made; a package is not installed


def main() -> int:
    """Read a job, write a PDF."""
    limit_memory()
    job = json.load(sys.stdin)
    try:
        made = typeset(job)
    except ImportError as error:
        return told(MISSING, error.name or str(error))
    except RuntimeError as error:  # typst's own error is one
        return told(REFUSED, str(getattr(error, "diagnostic", "") or error))
    sys.stdout.buffer.write(made)
    return 0


def limit_memory() -> None:
    """A document that grows without end stops this process and not the machine."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def typeset(job: Mapping[str, Any]) -> bytes:
    """The PDF of one job: template and root, folder with fonts and its main file, data, and when it was made."""
    import typst

    fonts = typst.Fonts(False, include_embedded_fonts=False, font_paths=[job["fonts"]])
    data = in_signs(job["data"], signs_of(Path(job["fonts"], job["font"])))
    made, warnings = typst.compile_with_warnings(
        job["template"],
        root=job["root"],
        font_paths=fonts,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=STANDARDS,
        timestamp=datetime.fromisoformat(data["made"]).replace(microsecond=0),  # a PDF has none
        package_path=NOWHERE,
        package_cache_path=NOWHERE,
    )
    for warning in warnings:
        if "font" in warning.message:  # else another one would be used in its place, unseen
            raise RuntimeError(warning.diagnostic)
    return made


def signs_of(font: Path) -> Collection[str]:
    """The signs that a font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(font, lazy=True) as opened:
        return frozenset(map(chr, opened.getBestCmap()))


def in_signs(value: Any, signs: Collection[str]) -> Any:
    """The data with, for every sign that the font lacks, its number: an empty box would say less, and typst refuses."""
    if isinstance(value, str):
        return "".join(sign if sign in signs else f"‹{ord(sign):04X}›" for sign in value)
    if isinstance(value, list):
        return [in_signs(one, signs) for one in value]
    return {key: in_signs(one, signs) for key, one in value.items()} if isinstance(value, dict) else value


def told(code: int, what: str) -> int:
    """Say what is wrong; gives the exit code."""
    sys.stderr.write(what)
    return code


if __name__ == "__main__":
    sys.exit(main())
