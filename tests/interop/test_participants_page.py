"""The pages for participants, for operators and of the gateway: what they say to type is run, and prints what they say it prints.

A block `sh` is run; a block `text` behind it is what it prints, with … for what is another each time. Blocks `python`,
`js` and `java` are files, named by their first line. Blocks in other languages are not looked at.
"""
from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from desk import BINARY
from libraries import HERE, java_archives, node_modules
from server import free_port, serving

DOCS = HERE.parents[1] / "docs"
# Where the pages say that the server is, its health, and a witness.
SERVER, HEALTH, WITNESS = "127.0.0.1:8080", "127.0.0.1:9000", "127.0.0.1:8090"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# A participant and an operator take turns, each by a page of their own.
STORY = [
    ("operators", "Try it"),
    ("operators", "Switch it on"),
    ("operators", "Rights"),
    ("participants", "What you are told"),
    ("participants", "A key"),
    ("operators", "Register a participant"),
    ("participants", "Prove that the key is yours"),
    ("operators", "Take its key, and approve"),
    ("operators", "Witnesses and timestamps"),
    ("participants", "A token"),
    ("participants", "Sign a request"),
    ("participants", "Have a message verified"),
    ("participants", "Verify a message yourself"),
    ("participants", "Verify a reply"),
    ("participants", "Keep receipts"),
    ("participants", "Watch your own role"),
    ("participants", "The next key"),
    ("operators", "The next key"),
    ("operators", "When something is wrong"),
    ("operators", "What was true at a moment"),
    ("operators", "Evidence for a dispute"),
    ("operators", "Health"),
    ("operators", "A profile of your own"),
]
# With SQLite these want the server stopped.
AFTERWARDS = [("operators", "By the command line"), ("operators", "The ledger")]
# Stands alone, but for the key.
GATEWAY = [("participants", "A key"), ("gateway", "A first message")]
# Where that page says that a gateway and its service listen.
GATEWAY_PORTS = ("8443", "8081", "9090", "9001")


@dataclass
class Block:
    place: str
    language: str
    text: str
    prints: str | None = None

    def in_bash(self, number: int) -> str:
        if self.language == "sh":
            return f"{self.text}echo '@@{number}'\n"
        name = re.search(r"[\w.]+\.(py|mjs|java)", self.text.splitlines()[0])
        assert name, f"{self.place}: a snippet says its file's name first"
        return f"cat > {name[0]} <<'END OF THE SNIPPET'\n{self.text}END OF THE SNIPPET\necho '@@{number}'\n"


def blocks(page: str, heading: str | None = None) -> list[Block]:
    text = (DOCS / f"{page}.md").read_text()
    if heading is not None:
        assert f"\n## {heading}\n" in text, f"{page}.md has no heading {heading}"
        text = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found: list[Block] = []
    for language, inside in FENCE.findall(text):
        if language == "text" and found:
            found[-1].prints = inside
        elif language in ("sh", "python", "js", "java"):
            found.append(Block(f"{page}.md, {heading}", language, inside))
    return found


def play(story: list[tuple[str, str]], folder: Path, address: str, health: int = 0) -> None:
    """One shell for all, so that variables last; what each block prints is compared with what the page says."""
    told = [block for page, heading in story for block in blocks(page, heading)]
    script = "".join(block.in_bash(n) for n, block in enumerate(told))
    script = script.replace(SERVER, address).replace(WITNESS, f"127.0.0.1:{free_port()}")
    script = script.replace(HEALTH, f"127.0.0.1:{health}")
    for port in GATEWAY_PORTS:
        script = re.sub(rf'(127\.0\.0\.1"?[:,] ?){port}\b', rf"\g<1>{free_port()}", script)
    (folder / "story.sh").write_text(script)
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    settings = {"PATH": path, "PASSWORD": "admin", "KC_DATA_DIR": str(folder / "data")}
    shell = subprocess.Popen(
        ["bash", "-euo", "pipefail", "story.sh"], cwd=folder, env=os.environ | settings, text=True,
        stdout=subprocess.PIPE, stderr=(folder / "errors").open("w"), start_new_session=True,
    )
    try:
        output, _ = shell.communicate(timeout=300)
    finally:
        # What runs on behind it, too.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGTERM)
    parts = re.split(r"@@\d+\n", output)
    assert shell.returncode == 0, (
        f"{told[len(parts) - 1].place}:\n{told[len(parts) - 1].text}\n{parts[-1]}\n{(folder / 'errors').read_text()}"
    )
    for block, printed in zip(told, parts, strict=False):
        if block.prints is not None:
            expected = re.escape(block.prints.strip()).replace("…", "[^\n]*")
            assert re.fullmatch(expected, printed.strip()), f"{block.place}:\n{block.text}\nprinted:\n{printed}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With all that the pages take for granted."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "countersign").symlink_to(Path(BINARY).resolve())
    (tmp_path / "node_modules").symlink_to(node_modules())
    for archive in java_archives("nimbus-jose-jwt-10.10"):
        (tmp_path / archive.name).symlink_to(archive)
    return tmp_path


def test_what_the_pages_say_to_type_prints_what_they_say(folder: Path) -> None:
    # A witness on this machine is no address that a server calls by itself. The realm is made by the page.
    health = free_port()
    options = ["--outbound-allowed-networks=127.0.0.0/8", "--health-enabled"]
    with serving(folder, *options, realm=None, management=health) as address:
        play(STORY, folder, address, health)
    play(AFTERWARDS, folder, address)


def test_a_gateway_passes_a_first_message_by_what_its_page_says(folder: Path) -> None:
    with serving(folder, realm=None) as address:
        play(GATEWAY, folder, address)


@pytest.mark.parametrize("page", ["participants", "operators", "gateway"])
def test_every_block_that_can_be_run_is_in_the_story(page: str) -> None:
    headings = dict.fromkeys(STORY + AFTERWARDS + GATEWAY)
    told = [block for of, heading in headings if of == page for block in blocks(page, heading)]
    assert sorted(block.text for block in blocks(page)) == sorted(block.text for block in told)
