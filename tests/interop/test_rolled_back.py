"""A server that was set back with all that it remembers, and goes on signing: who saw the log before does not go along."""
from __future__ import annotations

import json
import shutil
import socket
import time
from pathlib import Path

from network import EVIDENCE, Network, call
from server import serving
from test_rotation import witness

BEFORE = 6


def until_placed(network: Network, entry: str) -> None:
    end = time.monotonic() + 60
    while json.loads(call(network.address, "GET", f"{EVIDENCE}/entries/{entry}"))["index"] is None:
        assert time.monotonic() < end
        time.sleep(0.1)


def until_it_listens(place: str) -> None:
    host, port = place.split(":")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            with socket.create_connection((host, int(port)), timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the witness did not start")


def test_a_witness_refuses_the_log_of_a_server_that_was_set_back_and_signs_on(tmp_path: Path) -> None:
    data, saved, log = tmp_path / "data", tmp_path / "saved", tmp_path / "log"
    with serving(tmp_path) as address:
        key = json.loads(call(address, "GET", f"{EVIDENCE}/keys"))["verifier"]
        with witness(tmp_path, key) as (place, name):
            network = Network(address, place, name, key)
            network.cosigned(network.send())
    # All of it: a node that remembers a later head would refuse by itself.
    shutil.copytree(data, saved)
    with serving(tmp_path, realm=None) as network.address, witness(tmp_path, key) as (network.witness, name):
        network.set({"countersign.witnesses": f"{name} http://{network.witness}"})
        entries = [network.send() for _ in range(BEFORE)]
        network.cosigned(entries[-1])
        text, head = network.head()
        seen = int(network.add(0, [], text)[1])
    shutil.rmtree(data)
    shutil.copytree(saved, data)
    with serving(tmp_path, realm=None) as network.address:
        # No witness answers meanwhile, so nothing tells the server, which grows another log under the same key.
        other_text, other = network.head()
        while other.size <= head.size:
            until_placed(network, network.send())
            other_text, other = network.head()
        assert head.size >= seen > 0 and other.origin == head.origin
        with witness(tmp_path, key) as (network.witness, name):
            until_it_listens(network.witness)
            status, told = network.add(0, [], other_text)
            assert (status, told) == (409, f"{seen}\n"), "it remembers over a new start"
            assert network.add(seen, network.proof(seen, other.size), other_text)[0] == 422, "no proof joins the two"
            assert network.add(other.size, [], other_text)[0] == 409
            # The server asks it as well, and hears the same; whoever looks after it is told.
            before = log.stat().st_size
            network.set({"countersign.witnesses": f"{name} http://{network.witness}"})
            entry, end = network.send(), time.monotonic() + 60
            while "says that it does not go on from before" not in log.read_text()[before:]:
                assert time.monotonic() < end, log.read_text()[before:]
                time.sleep(0.2)
            heads = json.loads(network.evidence(entry))["bundle"]["checkpoints"]
            assert f"— {name.split('+')[0]} " not in heads[-1]["note"], "no head with the new entry is cosigned"
            # The log that it cosigned still goes on for it.
            status, told = network.add(seen, [], other_text)
            assert status in (403, 422), told
            assert network.add(0, [], text) == (409, f"{seen}\n")
