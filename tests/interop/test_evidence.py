"""Bundles of evidence, judged by ours and by a verifier that shares nothing with it."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "evidence"))

import verify_bundle  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    cargo = ["cargo", "run", "--quiet", "--package", "evidence", "--example", "write_bundle", "--", str(folder)]
    subprocess.run(cargo, cwd=ROOT, check=True)
    return folder


def judged(folder: Path, case: dict, octets: bytes | None = None) -> tuple[int, str]:
    name = case["name"]
    trust = (folder / f"{name}.trust").read_text() if case["trust"] else None
    return verify_bundle.judge(octets or (folder / f"{name}.json").read_bytes(), trust, case["at"])


def test_both_verifiers_find_the_same_of_every_bundle(folder: Path) -> None:
    cases = json.loads((folder / "cases.json").read_text())
    assert {case["status"] for case in cases} == {0, 1, 2} and len(cases) > 40
    found = {case["name"]: judged(folder, case) for case in cases}
    ours = {case["name"]: case["status"] for case in cases}
    assert {name: status for name, (status, _) in found.items()} == ours, found


def test_no_changed_bit_is_proved(folder: Path) -> None:
    case = next(case for case in json.loads((folder / "cases.json").read_text()) if case["name"] == "good")
    octets = (folder / "good.json").read_bytes()
    for at in range(0, len(octets), 101):
        for bit in range(8):
            other = bytearray(octets)
            other[at] ^= 1 << bit
            assert judged(folder, case, bytes(other))[0] != 0, f"bit {bit} of octet {at}"


def test_its_command_tells_by_its_exit_status(folder: Path) -> None:
    script = str(ROOT / "tests" / "evidence" / "verify_bundle.py")
    at = json.loads((folder / "cases.json").read_text())[0]["at"]
    good, trust = str(folder / "good.json"), f"--trust={folder / 'good.trust'}"
    for arguments, status in [((good, trust, f"--at={at}"), 0), ((good,), 1), ((str(folder / "empty.json"),), 2)]:
        assert subprocess.run([sys.executable, script, *arguments], capture_output=True, check=False).returncode == status
