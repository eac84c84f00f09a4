"""The house rules that a machine can hold: imports point one way, packages are listed, start-up stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["flow", "generator", "lint", "signoff", "cli"]
HEAVY = {"jieba", "babel", "pydantic", "rich", "pyarrow", "markdown_it", "phonenumbers"}
MODULES = sorted(path for name in ORDER for path in (ROOT / name).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Root folders that a module imports from."""
    found = set()
    depth = len(path.relative_to(ROOT).parts) - 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level > depth and node.module:
            found.add(node.module.split(".")[0])
        assert not (
            isinstance(node, ast.ImportFrom) and node.level == 0 and str(node.module).startswith("fairnotice")
        )
    return found & set(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    own = ORDER.index(path.relative_to(ROOT).parts[0])
    assert all(ORDER.index(name) < own for name in imported(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_are_imported_where_they_are_needed(path: Path) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [str(node.module)]
        assert not {name.split(".")[0] for name in names} & HEAVY


def test_the_package_list_equals_the_tree() -> None:
    listed = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    )
    folders = {path.parent.relative_to(ROOT) for path in MODULES if path.name == "__init__.py"} | {
        Path("templates")
    }
    assert listed == {"fairnotice." + ".".join(folder.parts) for folder in folders}


def test_linting_a_clean_file_loads_nothing_heavy(tmp_path: Path) -> None:
    template = tmp_path / "late.sms.zh-CN.txt"
    template.write_text(
        "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}",
        encoding="utf-8",
    )
    script = (
        "import sys; from pathlib import Path; from fairnotice.lint.engine import Options, lint;"
        f"report = lint([Path({str(template)!r})], Options()); assert report.exit_code == 0, report;"
        f"loaded = sorted({HEAVY!r} & set(sys.modules)); assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
