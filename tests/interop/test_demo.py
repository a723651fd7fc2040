"""The demo of a network: each step holds, and what it leaves is proved by others, too."""
from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

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


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, check=False)


def told_of(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_its_ledger_is_not_left_by_mistake(played: tuple[Path, str]) -> None:
    of = ["--realm=ocen-network", f"--data-dir={played[0] / 'server'}"]
    done = run("ledger", "recover", "--reason=a mistake", *of)
    assert done.returncode == 1 and "is sound" in done.stderr and "--even-though-sound" in done.stderr, done.stderr
    told = run("ledger", "status", *of).stdout
    assert told.count("origin ") == 1 and "standing             sound" in told, told


def test_its_realm_goes_on_elsewhere_from_the_head_of_its_ledger(played: tuple[Path, str], tmp_path: Path) -> None:
    out, file = played[0], tmp_path / "net.json"
    done = run("export", "--realm=ocen-network", f"--file={file}", f"--data-dir={out / 'server'}")
    assert done.returncode == 0, done.stderr
    assert "ledger is open here" in told_of(done) and "ledger close --realm=ocen-network" in told_of(done), told_of(done)
    told = json.loads(file.read_text())["countersign"]["ledgers"][0]
    # The same ledger that the trust file names.
    assert f"log {told['verifier']}" in (out / "trust.policy").read_text().splitlines()
    elsewhere = [f"--data-dir={tmp_path / 'data'}"]
    done = run("import", f"--file={file}", *elsewhere)
    assert done.returncode == 0, done.stderr
    assert "whether that is still open" in told_of(done) and "ledger close --realm=ocen-network" in told_of(done), told_of(done)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([BINARY, "start-dev", f"--http-port={port}", *elsewhere], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        evidence = f"http://127.0.0.1:{port}/realms/ocen-network/evidence"
        keys = json.loads(ask(f"{evidence}/keys"))
        while ask(f"{evidence}/checkpoint").splitlines()[1] == b"0":
            time.sleep(0.1)
    finally:
        server.terminate()
        server.wait(30)
    assert keys["origin"] != told["origin"]
    status = run("ledger", "status", "--realm=ocen-network", *elsewhere).stdout
    assert keys["verifier"] in status, status
    with closing(sqlite3.connect(tmp_path / "data" / "countersign.db")) as database:
        (record,) = database.execute("SELECT record FROM ledger_record NATURAL JOIN ledger_place WHERE position = 0").fetchone()
    moved = json.loads(record)
    assert (moved["kind"], moved["oldOrigin"], moved["oldCheckpoint"]) == ("move", told["origin"], told["checkpoint"])
    assert verify(out / "dispute.evidence.json", out / "trust.policy") == 0


def ask(url: str) -> bytes:
    for _ in range(200):
        try:
            with urlopen(url, timeout=5) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
