"""The libraries that participants use: how each is brought here, and set to a list of tasks."""
from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import python_libraries

HERE = Path(__file__).resolve().parent
FETCHED = HERE.parents[1] / "target" / "interop"
SECONDS = 120


def fetched(folder: str, files: list[str], *command: str) -> Path:
    """A folder with copies of these files and what the command fetched beside them; kept until one of them changes."""
    place, stamp = FETCHED / folder, FETCHED / f"{folder}.stamp"
    wanted = "".join((HERE / folder / file).read_text() for file in files)
    if stamp.is_file() and stamp.read_text() == wanted:
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for file in files:
        shutil.copy(HERE / folder / file, place)
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=SECONDS, check=False)
        trouble = None if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]
    except (OSError, subprocess.TimeoutExpired) as cause:
        trouble = str(cause)
    if trouble is not None:
        pytest.fail(f"the libraries of {folder} can't be fetched by {command[0]}: {trouble}", pytrace=False)
    stamp.write_text(wanted)
    return place


def by(command: list[str], tasks: list[dict]) -> list[dict]:
    """A program that takes a task a line, and gives as many outcomes."""
    lines = "".join(json.dumps(task) + "\n" for task in tasks)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=SECONDS, check=False)
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(outcomes) == len(tasks), done.stderr
    return outcomes


def java_archives(*jars: str) -> list[Path]:
    maven = ["mvn", "--quiet", "--batch-mode", "--strict-checksums", "dependency:copy", "-DoutputDirectory=."]
    place = fetched("java", ["pom.xml"], *maven)
    return [place / f"{jar}.jar" for jar in jars]


def java(program: str, *jars: str) -> Callable[[list[dict]], list[dict]]:
    def run(tasks: list[dict]) -> list[dict]:
        path = ":".join(map(str, java_archives(*jars)))
        return by(["java", "-XX:TieredStopAtLevel=1", "-cp", path, str(HERE / "java" / program)], tasks)

    return run


def node_modules() -> Path:
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    return fetched("node", ["package.json", "package-lock.json", "panva.js"], *npm) / "node_modules"


def node(tasks: list[dict]) -> list[dict]:
    return by(["node", str(node_modules().parent / "panva.js")], tasks)


def python(outcome: Callable[[dict], dict]) -> Callable[[list[dict]], list[dict]]:
    return lambda tasks: [outcome(task) for task in tasks]


# By the names that docs/signing.md has for them.
LIBRARIES: dict[str, Callable[[list[dict]], list[dict]]] = {
    "jose4j 0.6.3 (Java)": java("Jose4j.java", "jose4j-0.6.3", "slf4j-api-2.0.17"),
    "jose4j 0.9.7 (Java)": java("Jose4j.java", "jose4j-0.9.7", "slf4j-api-2.0.17"),
    "Nimbus JOSE+JWT 10.10 (Java)": java("Nimbus.java", "nimbus-jose-jwt-10.10", "tink-1.17.0"),
    "panva jose 6.2 (Node)": node,
    "joserfc 1.8 (Python)": python(python_libraries.joserfc),
    "jwcrypto 1.6 (Python)": python(python_libraries.jwcrypto),
}
