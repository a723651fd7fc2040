"""Our log before a witness that runs the code of the public ones, in Go, through all that they say to one another."""
from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from golang import built
from network import EVIDENCE, Network, call, proved
from server import free_port, serving


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("witness")
    program = built("witness", folder)
    with serving(folder) as address:
        log = json.loads(call(address, "GET", f"{EVIDENCE}/keys"))["verifier"]
        place = f"127.0.0.1:{free_port()}"
        witness = subprocess.Popen([program, place, log], stdout=subprocess.PIPE, text=True)
        try:
            yield Network(address, place, witness.stdout.readline().strip(), log)
        finally:
            witness.kill()
            witness.wait()


def test_it_cosigns_head_after_head_and_bundles_are_proved_by_that(network: Network, tmp_path: Path) -> None:
    (tmp_path / "trust").write_text(f"log {network.log}\nwitness w {network.key}\nquorum w\n#countersign grade operator\n")
    for n in range(3):
        (tmp_path / f"{n}").write_bytes(network.cosigned(network.send()))
        proved(tmp_path / f"{n}", tmp_path / "trust")


def test_the_log_goes_on_by_the_size_that_a_witness_names(network: Network) -> None:
    network.cosigned(network.send())
    # Somebody else brings the witness a newer head, so that it is ahead of where the log left it.
    for _ in range(100):
        entry, (text, new) = network.send(), network.head()
        status, size = network.add(0, [], text)
        assert status == 409 and size == f"{int(size)}\n"
        if int(size) < new.size and network.add(int(size), network.proof(int(size), new.size), text)[0] == 200:
            break
    else:
        raise AssertionError("the log was always faster")
    network.cosigned(entry)
    network.cosigned(network.send())


def test_it_refuses_what_ours_refuses(network: Network) -> None:
    network.cosigned(network.send())
    text, head = network.head()
    size = int(network.add(0, [], text)[1])
    lines = [line for line in text.splitlines() if line.startswith("\u2014")]
    unsigned = "".join(line + "\n" for line in text.splitlines() if line != lines[0])
    for old, note in [(head.size + 1, text), (size, unsigned), (size, text.replace(head.origin, "another.example/log"))]:
        assert network.add(old, [], note)[0] >= 400
