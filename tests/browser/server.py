"""A server of one test: started on an empty store with the example realm, ended with the test."""
from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
REALM = "cochrane"
OTP_SECRET = "a-secret-of-20-bytes"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, folder: Path, application: str):
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.realm = f"{self.base}/realms/{REALM}"
        self.protocol = f"{self.realm}/protocol/openid-connect"
        realms = folder / "realms"
        realms.mkdir(parents=True)
        (realms / f"{REALM}.json").write_text(json.dumps(example_realm(application)))

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        binary = os.environ.get("COUNTERSIGN_BINARY") or ROOT / "target/debug/countersign"
        arguments = [
            f"--http-port={self.port}",
            f"--http-management-port={free_port()}",
            f"--data-dir={self.folder / 'data'}",
            f"--import-realm={self.folder / 'realms'}",
        ]
        secrets = {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "admin"}
        self.log = self.folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [binary, "start-dev", *arguments], stdout=log, stderr=log, env=os.environ | secrets, cwd=self.folder
            )
        try:
            self._until_it_answers()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _until_it_answers(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urlopen(self.realm, timeout=5):
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"the server did not start:\n{self.log.read_text(errors='replace')}")


def example_realm(application: str) -> dict:
    """The example realm, its applications where ours listens, and people and clients that it has no need of."""
    text = (ROOT / "examples/realms/cochrane.json").read_text().replace("http://127.0.0.1:7777", application)
    realm = json.loads(text)
    otp = {
        "type": "otp",
        "secretData": json.dumps({"value": OTP_SECRET}),
        "credentialData": json.dumps(
            {"subType": "totp", "digits": 6, "counter": 0, "period": 30, "algorithm": "HmacSHA1"}
        ),
    }
    realm["users"] += [user("careful", credentials=[otp]), user("nameless", lastName="")]
    realm["clients"] += [
        {
            "clientId": "journal",
            "name": "Journal",
            "publicClient": True,
            "redirectUris": [f"{application}/journal/*"],
            "frontchannelLogout": True,
            "attributes": {"frontchannel.logout.url": f"{application}/journal/gone"},
        }
    ]
    return realm


def user(name: str, credentials: list[dict] = (), **members) -> dict:
    password = {"type": "password", "value": f"{name}-password", "temporary": False}
    return {
        "username": name,
        "enabled": True,
        "emailVerified": True,
        "email": f"{name}@reviews.example",
        "firstName": name.title(),
        "lastName": "Person",
        "credentials": [password, *credentials],
        **members,
    }
