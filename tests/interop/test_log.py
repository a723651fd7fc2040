"""Our log, judged by the libraries of the checksum database and of the public witnesses, in Go."""
from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
JUDGE = ROOT / "tests" / "interop" / "judge"


GO = "v0.0.1-go1.26.0"


def go() -> str:
    """Go as installed, or as the module proxy has it, kept below `target`."""
    if found := shutil.which("go"):
        return found
    name = f"{GO}.linux-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}[platform.machine()] }"
    home = ROOT / "target" / "interop" / f"golang.org/toolchain@{name}"
    program = home / "bin" / "go"
    if not program.is_file():
        proxy = os.environ.get("GOPROXY", "https://proxy.golang.org").split(",")[0]
        with urllib.request.urlopen(f"{proxy}/golang.org/toolchain/@v/{name}.zip") as answer:
            zipfile.ZipFile(io.BytesIO(answer.read())).extractall(ROOT / "target" / "interop")
        for tool in [*home.glob("bin/*"), *home.glob("pkg/tool/*/*")]:
            tool.chmod(0o755)
    return str(program)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("judge") / "judge"
    subprocess.run([go(), "build", "-o", str(binary), "."], cwd=JUDGE, check=True)
    return binary


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
