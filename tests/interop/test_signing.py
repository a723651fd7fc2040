"""Detached signatures, ours judged by the libraries that participants use, and theirs by us."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwk as joserfc_jwk
from joserfc import jws as joserfc_jws
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

BINARY = os.environ["COUNTERSIGN_BINARY"]
BODY = b'{"metadata": {"requestId": "r-1"}, "name": "J\xc3\xbcrgen", "amount": 10.50}\n'
MAKE = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "PS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
STRICT = ["RS256", "PS256", "ES256", "EdDSA"]
# Profile, algorithm, and the libraries that speak it. Without crit jwcrypto verifies, but doesn't sign; joserfc does neither.
SPOKEN = [(profile, alg, by) for profile in ("strict", "encoded") for alg in STRICT for by in ("joserfc", "jwcrypto")]
VERIFIED = SPOKEN + [(profile, "RS256", "jwcrypto") for profile in ("ocen", "rebit")]


class Desk:
    """A folder with a key, its public half as a JWK set, and a body."""

    def __init__(self, folder: Path, alg: str):
        self.folder, self.alg = folder, alg
        private = MAKE[alg]()
        self.pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "key.pem").write_bytes(self.pem)
        (folder / "body").write_bytes(BODY)
        self.jwcrypto = jwcrypto_jwk.JWK.from_pem(self.pem)
        kind = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}[alg]
        self.joserfc = joserfc_jwk.import_key(self.pem, kind)
        public = json.loads(self.jwcrypto.export_public()) | {"kid": "k"}
        (folder / "jwks.json").write_text(json.dumps({"keys": [public]}))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([BINARY, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)

    def sign(self, profile: str) -> str:
        done = self.run("sign", "--key=key.pem", "--kid=k", f"--alg={self.alg}", f"--profile={profile}", "body")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def judge(self, profile: str, signature: str) -> tuple[int, str]:
        keys, signature = "--keys=jwks.json", f"--signature={signature}"
        done = self.run("verify", "message", keys, signature, f"--profile={profile}", "--json", "body")
        return done.returncode, json.loads(done.stdout)["code"]


@pytest.fixture
def desk(tmp_path: Path, alg: str) -> Desk:
    return Desk(tmp_path, alg)


def header(profile: str, alg: str) -> dict:
    text = {"alg": alg, "kid": "k"}
    if profile != "encoded":
        text["b64"] = False
    if profile == "strict":
        text["crit"] = ["b64"]
    return text


def verify(desk: Desk, library: str, signature: str, body: bytes) -> None:
    """Raises where the library finds the signature bad."""
    if library == "jwcrypto":
        token = jwcrypto_jws.JWS()
        token.allowed_algs = [desk.alg]
        token.deserialize(signature)
        token.verify(desk.jwcrypto, detached_payload=body)
    else:
        joserfc_jws.deserialize_compact(signature, desk.joserfc, algorithms=[desk.alg, "Ed25519"], payload=body)


def sign(desk: Desk, library: str, profile: str, body: bytes) -> str:
    text = header(profile, desk.alg)
    if library == "jwcrypto":
        token = jwcrypto_jws.JWS(body)
        token.allowed_algs = [desk.alg]
        token.add_signature(desk.jwcrypto, None, json.dumps(text))
        token.detach_payload()
        return token.serialize(compact=True)
    signed = joserfc_jws.serialize_compact(text, body, desk.joserfc, algorithms=[desk.alg])
    return signed if profile == "strict" and ".." in signed else joserfc_jws.detach_content(signed)


@pytest.mark.parametrize(("profile", "alg", "library"), VERIFIED)
def test_what_we_sign_others_find_good_and_an_altered_body_bad(desk: Desk, profile: str, library: str):
    signature = desk.sign(profile)
    verify(desk, library, signature, BODY)
    with pytest.raises(Exception, match="(?i)signature|verif|fail"):
        verify(desk, library, signature, BODY + b" ")


@pytest.mark.parametrize(("profile", "alg", "library"), SPOKEN)
def test_what_others_sign_we_find_good_and_another_body_bad(desk: Desk, profile: str, library: str):
    assert desk.judge(profile, sign(desk, library, profile, BODY)) == (0, "ok")
    assert desk.judge(profile, sign(desk, library, profile, BODY + b" ")) == (1, "signature_invalid")
