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
# What a reply signs beside its body: a type of its own, and the digest of its request.
REPLY = Path(__file__).with_name("reply.json")


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
        if self.profile == "reply":
            header |= {"typ": "reply+jws", "req": "q" * 43}
        if self.understood():
            header["crit"] = self.understood()
        return header

    def understood(self) -> list[str]:
        """What crit names, and a receiver thus understands."""
        return {
            "strict": ["b64"],
            "reply": ["b64"],
            "bound": ["b64", "iat", "aud", "htm", "htu", "jti"],
            "uk-ob-3.1.3": ["b64", f"{UK}iat", f"{UK}iss", f"{UK}tan"],
            "uk-ob-4.0": [f"{UK}iat", f"{UK}iss", f"{UK}tan"],
        }.get(self.profile, ["b64"] if self.with_crit else [])


ANY = ["RS256", "PS256", "ES256", "EdDSA"]
AGREEMENTS = [
    *(Agreement(profile, alg) for profile in ("strict", "bound", "encoded", "reply") for alg in ANY),
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
        profile = str(REPLY) if agreement.profile == "reply" else agreement.profile
        agreed = [f"--profile={profile}", f"--target={TARGET}", f"--receiver={RECEIVER}", f"--origin={ORIGIN}"]
        issuer, anchor = ("reply+jws", "q" * 43) if agreement.profile == "reply" else (ISSUER, ANCHOR)
        command = [BINARY, *arguments, *agreed, f"--issuer={issuer}", f"--anchor={anchor}"]
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
        task = {"alg": agreement.alg, "understood": agreement.understood()}
        task["body"] = base64.urlsafe_b64encode(body).decode().rstrip("=")
        if signature is None:
            return task | {"key": self.private[agreement.alg], "header": agreement.header()}
        return task | {"key": self.public(agreement.alg), "signature": signature}
