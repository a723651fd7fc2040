"""New keys for a ledger while its server is at work: a witness and readers who know the old ones alone go on."""
from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desk import BINARY
from network import EVIDENCE, Network, call, proved
from server import free_port, postgres, serving


@contextmanager
def witness(folder: Path, log: str, *arguments: str) -> Iterator[tuple[str, str]]:
    """Its address and its key."""
    place = f"127.0.0.1:{free_port()}"
    own = [f"--listen={place}", f"--state={folder / 'state'}", f"--key={folder / 'key.pem'}", "--name=witness.example/w1"]
    command = [BINARY, "witness", *own, f"--log={log}", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield place, process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(30)


def test_a_witness_and_readers_follow_both_keys_by_themselves(tmp_path: Path) -> None:
    database = postgres()
    with serving(tmp_path, *database) as address:
        evidence = f"http://{address}{EVIDENCE}"
        old = json.loads(call(address, "GET", f"{EVIDENCE}/keys"))["verifiers"]
        with witness(tmp_path, old[0], f"--follow={evidence}") as (place, key):
            network = Network(address, place, key, old[0])
            trust = tmp_path / "trust"
            lines = "".join(f"log {one}\n" for one in old)
            trust.write_text(f"{lines}witness w {key}\nquorum w\n#countersign grade operator\n")
            for turn in range(3):
                bundle = tmp_path / f"{turn}.json"
                bundle.write_bytes(network.cosigned(network.send()))
                proved(bundle, trust)
                rotate = [BINARY, "ledger", "rotate-key", "--realm=net", f"--data-dir={tmp_path / 'data'}", *database]
                done = subprocess.run(rotate, capture_output=True, text=True, check=False)
                assert done.returncode == 0 and done.stdout.count("log ledger.example/net+") == 4, done.stdout + done.stderr
            told = json.loads(call(address, "GET", f"{EVIDENCE}/keys"))
            assert len(told["verifiers"]) == 8 and len(told["handovers"]) == 6
            message = network.agent.sign(b"the last")
            receipt = tmp_path / "receipt.json"
            receipt.write_bytes(network.verdict(message))
            network.cosigned(message.entry)
            command = [BINARY, "verify", "receipt", f"--ledger={evidence}", f"--trust={trust}", str(receipt)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0 and "it is in the log at index" in done.stdout, done.stdout + done.stderr
