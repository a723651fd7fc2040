"""What is agreed between two participants, and the one of them who works with `countersign` on files."""
from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwcrypto.jwk import JWK

BINARY = os.environ["COUNTERSIGN_BINARY"]
BODY = b'{"metadata": {"requestId": "r-1"}, "name": "J\xc3\xbcrgen", "amount": 10.50}\n'
ALTERED = BODY.replace(b"10.50", b"10.5")
MAKE = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
UK = "http://openbanking.org.uk/"
TARGET, RECEIVER, ORIGIN = "/loans?page=1", "lender-1", "https://lender.example"
ISSUER, ANCHOR = "CN=la,O=Agent", "openbanking.org.uk"


@dataclass(frozen=True)
class Agreement:
    """A profile, an algorithm, and whether crit is sent where the profile leaves that open."""

    profile: str
    alg: str
    with_crit: bool = False

    def __str__(self) -> str:
        return f"{self.profile}-{self.alg}" + ("-with-crit" if self.with_crit else "")

    def header(self) -> dict:
        """As the profile wants it."""
        header = {"alg": self.alg, "kid": "k"}
        if self.profile not in ("encoded", "uk-ob-4.0"):
            header["b64"] = False
        if self.profile.startswith("uk-ob"):
            header |= {f"{UK}iat": int(time.time()), f"{UK}iss": ISSUER, f"{UK}tan": ANCHOR}
        if self.profile == "bound":
            header |= {"iat": int(time.time()), "aud": RECEIVER, "htm": "POST", "htu": ORIGIN + TARGET, "jti": "m-1"}
        if self.crit():
            header["crit"] = self.crit()
        return header

    def understood(self) -> list[str]:
        """What crit names and a library is told of; b64 each knows by itself."""
        return [name for name in self.crit() if name != "b64"]

    def crit(self) -> list[str]:
        return {
            "strict": ["b64"],
            "bound": ["b64", "iat", "aud", "htm", "htu", "jti"],
            "uk-ob-3.1.3": ["b64", f"{UK}iat", f"{UK}iss", f"{UK}tan"],
            "uk-ob-4.0": [f"{UK}iat", f"{UK}iss", f"{UK}tan"],
        }.get(self.profile, ["b64"] if self.with_crit else [])


ANY = ["RS256", "PS256", "ES256", "EdDSA"]
AGREEMENTS = [
    *(Agreement(profile, alg) for profile in ("strict", "encoded", "bound") for alg in ANY),
    *(Agreement(profile, "RS256", with_crit) for profile in ("ocen", "rebit") for with_crit in (False, True)),
    *(Agreement(profile, "PS256") for profile in ("uk-ob-3.1.3", "uk-ob-4.0")),
]


class Desk:
    """A folder with keys, their public halves as JWK sets, and bodies."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.private = {alg: self.new_key(alg) for alg in ANY}
        (folder / "good").write_bytes(BODY)
        (folder / "altered").write_bytes(ALTERED)

    def new_key(self, alg: str) -> dict:
        pem = MAKE[alg]().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / f"{alg}.pem").write_bytes(pem)
        key = JWK.from_pem(pem)
        public = json.loads(key.export_public()) | {"kid": "k"}
        (self.folder / f"{alg}.jwks").write_text(json.dumps({"keys": [public]}))
        return json.loads(key.export_private()) | {"kid": "k"}

    def public(self, alg: str) -> dict:
        return json.loads((self.folder / f"{alg}.jwks").read_text())["keys"][0]

    def run(self, agreement: Agreement, *arguments: str) -> subprocess.CompletedProcess[str]:
        agreed = {"profile": agreement.profile, "target": TARGET, "receiver": RECEIVER, "origin": ORIGIN}
        agreed |= {"issuer": ISSUER, "anchor": ANCHOR}
        command = [BINARY, *arguments, *(f"--{name}={value}" for name, value in agreed.items())]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def sign(self, agreement: Agreement) -> str:
        """The value of the header over the good body."""
        key = f"--key={agreement.alg}.pem"
        done = self.run(agreement, "sign", key, "--kid=k", f"--alg={agreement.alg}", "good")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def judge(self, agreement: Agreement, signature: str, body: str) -> dict:
        """The verdict on a body; the exit status must say the same."""
        keys = f"--keys={agreement.alg}.jwks"
        done = self.run(agreement, "verify", "message", keys, f"--signature={signature}", "--json", body)
        verdict = json.loads(done.stdout)
        assert done.returncode == (0 if verdict["valid"] else 1), done.stderr
        return verdict

    def task(self, agreement: Agreement, signature: str | None = None, body: bytes = BODY) -> dict:
        """What a library is asked: to sign, or where there is a signature, to verify it."""
        if signature is not None:
            return verification(agreement.alg, self.public(agreement.alg), agreement.understood(), signature, body)
        task = {"alg": agreement.alg, "understood": agreement.understood(), "body": base64url(body)}
        return task | {"key": self.private[agreement.alg], "header": agreement.header()}


def verification(alg: str, key: dict, understood: list[str], signature: str, body: bytes) -> dict:
    """The task to verify a signature over a body."""
    return {"alg": alg, "key": key, "understood": understood, "signature": signature, "body": base64url(body)}


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
