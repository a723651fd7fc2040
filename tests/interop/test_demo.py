"""The demo of a network: each step holds, and what it leaves is proved by others, too."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("COUNTERSIGN_BINARY", str(ROOT / "target/debug/countersign"))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo")
    done = subprocess.run([BINARY, "demo", "ocen", f"--out={out}"], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


def verify(bundle: Path, trust: Path) -> int:
    command = [BINARY, "verify", "bundle", str(bundle), "--trust", str(trust)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_the_story_ends_with_every_step_held(played: tuple[Path, str]) -> None:
    _, told = played
    assert "PROVED: each claim holds" in told
    assert "refused: signature_invalid" in told
    assert "Every step held." in told


def test_what_it_leaves_is_proved_without_it(played: tuple[Path, str]) -> None:
    out, _ = played
    assert verify(out / "dispute.evidence.json", out / "trust.policy") == 0


def test_the_verifier_in_python_agrees(played: tuple[Path, str]) -> None:
    out, _ = played
    command = [sys.executable, str(ROOT / "tests/evidence/verify_bundle.py"), str(out / "dispute.evidence.json"), "--trust", str(out / "trust.policy")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_copy_with_one_bit_changed_is_refused(played: tuple[Path, str]) -> None:
    out, _ = played
    octets = bytearray((out / "dispute.evidence.json").read_bytes())
    for at in range(0, len(octets), 997):
        altered = bytearray(octets)
        altered[at] ^= 1
        copy = out / "altered.json"
        copy.write_bytes(altered)
        assert verify(copy, out / "trust.policy") in (1, 2), at
