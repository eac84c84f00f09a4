"""`fairnotice init`: a template repository to start from."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from ..flow.catalogue import shipped

_CONFIG = """# Settings of this template repository; see `fairnotice rules` for the codes.
[lint]
ignore = []
"""
_HOOKS = """repos:
  - repo: local
    hooks:
      - id: fairnotice
        name: fairnotice lint
        entry: fairnotice lint
        language: system
        files: ^(messages|notices|layouts)/
"""
_GITHUB = """name: messages
on: [push, pull_request]
jobs:
  fairnotice:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install --quiet fairnotice
      - run: fairnotice lint . --format github
      - run: fairnotice preview --check-renders --templates .
"""
_GITLAB = """messages:
  image: python:3.12-slim
  script:
    - python -m pip install --quiet fairnotice
    - fairnotice lint . --format gitlab --output gl-code-quality-report.json
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def command(folder: Path) -> None:
    """Start a template repository in FOLDER with the shipped messages, a configuration, a hook and CI."""
    if folder.exists() and any(path for path in folder.iterdir() if path.name != ".git"):
        raise click.UsageError(f"{folder} is not empty; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(shipped().rglob("*")):
        relative = path.relative_to(shipped())
        if path.is_file() and path.suffix not in (".py", ".pyc", ".typed"):
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    (folder / "fairnotice.toml").write_text(_CONFIG, encoding="utf-8")
    written = {
        ".pre-commit-config.yaml": _HOOKS,
        ".github/workflows/messages.yml": _GITHUB,
        ".gitlab-ci.yml": _GITLAB,
    }
    for name, text in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    click.echo(f"{folder}: ready. Next: fairnotice lint {folder}")
