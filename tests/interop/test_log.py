"""Our log, judged by the libraries of the checksum database and of the public witnesses, in Go."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from golang import built

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("judge", tmp_path_factory.mktemp("judge"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cargo = ["cargo", "run", "--quiet", "--package", "ledger", "--example", "write_log", "--", str(tmp_path)]
    subprocess.run(cargo, cwd=ROOT, check=True)
    return tmp_path


def test_tiles_checkpoints_cosignatures_and_proofs_are_accepted(judge: Path, folder: Path) -> None:
    done = subprocess.run([str(judge), str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    files = [path for name in ("checkpoint", "consistency", "proof") for path in folder.glob(f"{name}.*")]
    assert int(done.stdout) == len(files) > 30


@pytest.mark.parametrize("name", ["checkpoint.257", "consistency.3.255", "proof.350.700", "tile/0/001"])
def test_the_judge_sees_what_is_altered(judge: Path, folder: Path, name: str) -> None:
    octets = bytearray((folder / name).read_bytes())
    octets[len(octets) // 3] ^= 1
    (folder / name).write_bytes(octets)
    assert subprocess.run([str(judge), str(folder)], capture_output=True, check=False).returncode == 1
