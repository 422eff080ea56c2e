"""The layout tells the story: data goes one way, content is inside the wheel, and nothing of this machine is kept."""

import ast
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# `language` is how every room speaks and `progress` how it says how far it is; config and content stand side by side.
STORY = [
    "language", "errors", "progress", "config", "content", "store", "providers", "collect", "privacy", "judge", "tell",
    "review", "report", "operate", "web", "demo", "cli",
]  # fmt: skip
MODULES = sorted((ROOT / "ibpmon").rglob("*.py"))


def room(module: str) -> int:
    """The place of a module in the story; the package itself comes before all."""
    parts = module.split(".")
    return STORY.index(parts[1]) if len(parts) > 1 else -1


def imports_of(path: Path) -> set[str]:
    """The modules of ours that a file imports, late imports included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {module_of(node.module, alias.name) for alias in node.names}
    return {name for name in found if name.startswith("ibpmon.")}


def module_of(package: str, name: str) -> str:
    """What `from package import name` loads: the module of that name, or the package that holds the name."""
    inside = ROOT.joinpath(*package.split("."), name)
    return f"{package}.{name}" if inside.with_suffix(".py").exists() or inside.is_dir() else package


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_back_in_the_story(path: Path) -> None:
    """No module imports from a room that comes later in the flow of data."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    later = {name for name in imports_of(path) if room(name) > room(module)}
    assert not later


def test_modules_have_no_cycle() -> None:
    """A reader can start anywhere and end at the errors."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES}
    graph = {name: {other for other in imports_of(path) if other in names} for name, path in names.items()}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, f"cycle: {' -> '.join([*above, name])}"
        if name not in done:
            for other in graph[name]:
                visit(other, (*above, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_the_engine_knows_nothing_of_the_simulation() -> None:
    """The demo runs the engine as it is: no room before it imports it or asks whether it is there."""
    for path in MODULES:
        module = path.relative_to(ROOT).parts[1]
        if module not in ("demo", "cli"):
            assert not any(name.startswith("ibpmon.demo") for name in imports_of(path)), path


def tracked() -> list[str]:
    """The files that git keeps."""
    answer = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip("not a git checkout")
    return answer.stdout.split()


@pytest.mark.slow
def test_the_wheel_holds_the_content_that_git_keeps(tmp_path: Path) -> None:
    """A rule that works from a checkout works from the wheel, and no stray file rides along."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        pytest.skip("uv is not there: run the tests with `uv run poe test`")
    command = [uv, "build", "--wheel", "--out-dir", str(tmp_path), "-q"]
    subprocess.run(command, cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    content = {name for name in tracked() if name.startswith(("connectors/", "rules/", "reports/"))}
    expected = {f"ibpmon/_content/{name}" for name in (*content, "config.example.toml")}
    code = {name for name in tracked() if name.startswith("ibpmon/")}
    assert {name for name in inside if ".dist-info/" not in name} == expected | code


def test_no_tracked_file_names_a_package_index_or_a_machine() -> None:
    """Versions and hashes are kept, the address they came from is not: it differs per machine."""
    index = r"https?://[^\s\"']*(/simple\b|pypi\.org/packages|files\.pythonhosted)"
    forbidden = re.compile(rf"{index}|{re.escape(str(ROOT))}")
    for name in tracked():
        path = ROOT / name
        if path.is_file() and path.suffix not in (".png", ".pdf") and name != "tests/test_layout.py":
            assert not forbidden.search(path.read_text(encoding="utf-8", errors="replace")), name


@pytest.mark.slow
def test_the_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    """What a person installs is the wheel: its content is found, and its rules pass their own tests."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        pytest.skip("uv is not there: run the tests with `uv run poe test`")
    subprocess.run([uv, "build", "--wheel", "--out-dir", str(tmp_path), "-q"], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([uv, "venv", "-q", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), str(wheel)], cwd=tmp_path, check=True)
    shutil.copy(ROOT / "config.example.toml", tmp_path / "config.toml")
    answer = subprocess.run(
        [str(python.with_name("ibpmon")), "rules", "test"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr


def test_ci_runs_the_commands_of_the_readme() -> None:
    """The test command in the README is the one that CI runs, and it is there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^```sh\n(.*?)^```", readme, re.S | re.M)
    assert "ibpmon demo" in commands[0]
    assert "poe test" in commands[1]
    assert "command_of_readme 2" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
