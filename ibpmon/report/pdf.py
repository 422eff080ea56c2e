"""Documents as PDF: a typst template of reports/ filled in with data, the same bytes wherever it is made."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ibpmon.content import content_files
from ibpmon.errors import ContentError, IbpmonError
from ibpmon.language import N_
from ibpmon.report import typesetter
from ibpmon.tell.words import seen

DEADLINE = 120.0  # seconds; a review of 2,000 rows takes a few
FONT_PACKAGE, FONT = "fontpkg_fira_sans", "FiraSans-Regular.ttf"
CLOSED = "http://127.0.0.1:9"  # nobody listens there: what would go out ends here
ENVIRONMENT = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"), CLOSED),
    "MALLOC_ARENA_MAX": "2",  # memory for each thread apart is never given back
    "RAYON_NUM_THREADS": "2",
}
WORST = 600  # characters of what typst says that are passed on


def pdf(name: str, data: Mapping[str, Any], own: Path | None = None, seconds: float = DEADLINE) -> bytes:
    """The PDF of one template (review.typ) with its data; PDF/A-2a and PDF/UA-1, or an error.

    `data` holds what JSON can hold and says when it was `made` (ISO 8601): the same data gives the same bytes. `own`
    is the board's content folder. The work is done by a process of its own that reaches no network, reads nothing but
    the templates, and is ended when its time is up.
    """
    with TemporaryDirectory(prefix="ibpmon-pdf-") as folder:
        root = Path(folder)
        for template in content_files("reports", ".typ", own):
            shutil.copyfile(template, root / template.name)
        job = {"template": str(root / name), "root": folder, "fonts": str(fonts(name)), "font": FONT}
        ended = run(name, json.dumps(job | {"data": visible(dict(data))}), root, seconds)
    if ended.returncode:
        raise refused(name, ended)
    return ended.stdout


def fonts(name: str) -> Path:
    """The folder of the one font family that is used; it comes with a package, so it is the same on every machine."""
    found = find_spec(FONT_PACKAGE)
    if not found or not found.origin:
        raise missing(name, FONT_PACKAGE)
    return Path(found.origin).parent / "files"


def visible(value: Any) -> Any:
    """The data with everything that cannot be seen made visible, whoever forgot to do so before."""
    if isinstance(value, str):
        return "".join(map(seen, value))
    if isinstance(value, (list, tuple)):
        return [visible(one) for one in value]
    return {key: visible(one) for key, one in value.items()} if isinstance(value, dict) else value


def run(name: str, job: str, folder: Path, seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Let the typesetter do one job; it is gone when this returns."""
    command = [sys.executable, "-I", typesetter.__file__]
    try:
        return subprocess.run(  # noqa: S603 - our own file, no shell
            command, input=job.encode(), capture_output=True, timeout=seconds, env=ENVIRONMENT, cwd=folder, check=False
        )
    except subprocess.TimeoutExpired:
        raise IbpmonError(
            N_("the PDF of {name} was not ready within {seconds} seconds"),
            why=N_("there is very much in it, the machine is busy, or the template goes on without end"),
            fix=N_("try again when the machine has less to do; the page in HTML says the same"),
            name=name,
            seconds=round(seconds),
        ) from None


# ---- what can be wrong


def refused(name: str, ended: subprocess.CompletedProcess[bytes]) -> IbpmonError:
    """Why there is no PDF."""
    told = ended.stderr.decode("utf-8", "replace").strip()
    if ended.returncode == typesetter.MISSING:
        return missing(name, told)
    if ended.returncode == typesetter.REFUSED and "Traceback" not in told:
        return ContentError(
            N_("the template reports/{name} cannot be used"),
            why="{error}",
            fix=N_("correct it, or remove it from your own content folder: then the one of ibpmon is used"),
            name=name,
            error=" ".join(told.split())[:WORST],
        )
    return IbpmonError(
        N_("the PDF of {name} could not be made"),
        why=N_("the process that makes it ended with {code}: {error}"),
        fix=N_("see whether the machine has memory left; the page in HTML says the same"),
        name=name,
        code=ended.returncode,
        error=" ".join(told.split())[-WORST:] or "-",
    )


def missing(name: str, package: str) -> IbpmonError:
    """A package that makes PDFs is not there."""
    return IbpmonError(
        N_("the PDF of {name} could not be made"),
        why=N_("the package {package} is not installed"),
        fix=N_("install ibpmon again with all its packages"),
        name=name,
        package=package,
    )
