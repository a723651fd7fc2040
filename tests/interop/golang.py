"""Programs in Go, and Go itself."""
from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "target"
GO = "v0.0.1-go1.26.0"


def go() -> str:
    """Go as installed, or as the module proxy has it, kept below `target`."""
    if found := shutil.which("go"):
        return found
    name = f"{GO}.linux-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}[platform.machine()] }"
    home = TARGET / "interop" / f"golang.org/toolchain@{name}"
    program = home / "bin" / "go"
    if not program.is_file():
        proxy = os.environ.get("GOPROXY", "https://proxy.golang.org").split(",")[0]
        with urllib.request.urlopen(f"{proxy}/golang.org/toolchain/@v/{name}.zip") as answer:
            zipfile.ZipFile(io.BytesIO(answer.read())).extractall(TARGET / "interop")
        for tool in [*home.glob("bin/*"), *home.glob("pkg/tool/*/*")]:
            tool.chmod(0o755)
    return str(program)


def built(name: str, folder: Path) -> Path:
    """The program of the folder beside this file, built into another."""
    program = folder / name
    subprocess.run([go(), "build", "-o", str(program), "."], cwd=HERE / name, check=True)
    return program
