"""Promises about the project's own files: what is documented, locked and kept out."""

import ast
import functools
import importlib.metadata
import re

import pytest

from tests.services.processes import ROOT

APPS = ["portal", "budgets", "providers", "sandboxes", "training"]
READERS = {"text", "flag", "number", "words", "secret"}


@functools.cache
def variables_read():
    """The names of all environment variables that the code asks `portal.env` for."""
    names = set()
    texts = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]
    for text in texts:
        for node in ast.walk(ast.parse(text)) if "env." in text else ():
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="env"), attr=reader), args=[ast.Constant(value=str(name)), *_]
                ) if reader in READERS:
                    names.add(name)
    return names


def test_env_example_lists_every_variable():
    listed = set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.M))

    assert {"PUBLIC_URL", "HOST", "PORT", "DATABASE_URL"} <= variables_read()
    assert listed - {"POSTGRES_PASSWORD"} == variables_read()


def test_environment_is_read_through_env_alone():
    elsewhere = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"os\.(getenv|environ(\.get|\[))", path.read_text())
    ]

    assert elsewhere == ["portal/env.py"]


def test_psycopg_3_is_absent():
    """Django would silently prefer it to psycopg2."""
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("psycopg")
    assert not re.search(r"^psycopg(\[|=| |$)", (ROOT / "requirements.txt").read_text(), re.M)


def locked(name):
    """{package with marker: version} of a lock file."""
    return dict(re.findall(r"^([^\s=#-][^\s=]*)==(\S+)", (ROOT / name).read_text(), re.M))


def test_locks_agree_where_they_overlap():
    running, developing = locked("requirements.txt"), locked("requirements-dev.txt")

    shared = running.keys() & developing.keys()
    assert shared
    assert {name: developing[name] for name in shared} == {name: running[name] for name in shared}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_carry_hashes_and_no_host(name):
    text = (ROOT / name).read_text()

    packages = re.split(r"\n(?=\S)", text.strip())
    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_every_required_package_is_locked():
    for wanted, lock in (("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")):
        names = re.findall(r"^([A-Za-z][\w.-]*)", (ROOT / wanted).read_text(), re.M)

        assert {re.sub(r"[-_.]+", "-", name).lower() for name in names} <= locked(lock).keys()
