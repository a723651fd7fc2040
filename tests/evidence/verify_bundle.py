"""A second verifier of evidence, written from the format's description and sharing nothing with the first.

    verify_bundle.py FILE [--trust FILE] [--at MILLISECONDS]

Exit status 0: each claim proved under that trust. 1: not. 2: not readable.
"""
from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import time
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

import timestamp

FORMAT = "application/vnd.countersign.evidence+json"
KINDS = {1: "message", 2: "registry", 3: "service-key", 6: "range", 7: "time", 9: "report", 11: "renewal"}
NEXT = {
    "APPLIED": {"UNDER_REVIEW", "APPROVED", "REJECTED", "ENDED"},
    "UNDER_REVIEW": {"APPROVED", "REJECTED", "ENDED"},
    "APPROVED": {"SUSPENDED", "ENDED"},
    "REJECTED": {"APPLIED", "UNDER_REVIEW", "ENDED"},
    "SUSPENDED": {"APPROVED", "ENDED"},
    "ENDED": set(),
}
OPERATORS_OWN = {"token_inactive", "token_participant_mismatch", "too_old", "replayed"}
LONGEST = 64 << 20
MOST_VALUES = 1 << 20
LONGEST_POLICY = 256 << 10
OURS = {"tsa": 2, "aged": 2, "ca": 2, "subject": 2, "pin": 3, "person": 2, "grade": 1, "reply-key": 2}


class Unreadable(Exception):
    """The file is no bundle."""


class Refuted(Exception):
    """Something is not proved."""


def need(holds: object, why: str, error: type[Exception] = Refuted) -> None:
    if not holds:
        raise error(why)


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def b64u(text: object, length: int | None = None) -> bytes:
    need(isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]*", text), "not base64url", Unreadable)
    octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) % 4 != 1 else None
    need(octets is not None and to_b64u(octets) == text, "base64url that is not canonical", Unreadable)
    need(length is None or len(octets) == length, "octets of another length", Unreadable)
    return octets


def to_b64u(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def b64(text: str) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refuted(f"not base64: {error}") from error
    need(base64.b64encode(octets).decode() == text, "base64 that is not canonical")
    return octets


def is_origin(text: str) -> bool:
    odd = any(c.isspace() or c == "+" or unicodedata.category(c) == "Cc" for c in text)
    return 0 < len(text.encode()) <= 255 and not odd


def strict_json(text: str | bytes, floats: bool = False) -> object:
    def members(pairs: list) -> dict:
        need(len({name for name, _ in pairs}) == len(pairs), "a member twice", ValueError)
        return dict(pairs)

    def no(text: str) -> None:
        raise ValueError(f"not an integer: {text}")

    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return json.loads(text, object_pairs_hook=members, parse_constant=no, parse_float=float if floats else no)


def canonical(value: object) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, int) and not isinstance(value, bool):
        need(abs(value) < 1 << 53, "a number too large", ValueError)
    return json.dumps(value, ensure_ascii=False)


def record_of(octets: bytes, *names: str) -> dict:
    """A record in its one spelling: compact, with these members in this order; those with ? may be missing."""
    try:
        record = strict_json(octets)
        same = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() == octets
    except ValueError as error:
        raise Refuted(f"not a record: {error}") from error
    need(same and isinstance(record, dict), "a record in another spelling")
    expected = [name.rstrip("?") for name in names if not name.endswith("?") or name.rstrip("?") in record]
    need(list(record) == expected, "a record with other members")
    return record


def shape(value: object, required: dict, optional: dict | None = None) -> None:
    optional = optional or {}
    need(isinstance(value, dict), "not an object", Unreadable)
    need(set(required) <= set(value) <= set(required) | set(optional), "missing or unknown members", Unreadable)
    for name, kind in {**required, **optional}.items():
        if name in value:
            sound = isinstance(value[name], kind) and not (kind is int and isinstance(value[name], bool))
            need(sound and not (kind is int and value[name] < 0), f"{name} is of another form", Unreadable)
            need(name in required or value[name] != [], f"{name} is an empty list, which is left out", Unreadable)


def milliseconds(text: object) -> int:
    need(isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text, re.ASCII), "not a time")
    return round(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).timestamp() * 1000)


# The tree: roots that a proof leads to, by the definition in RFC 6962 section 2.1.


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    if size == 1:
        need(index == 0 and not path, "an inclusion proof that is too long")
        return leaf
    need(path, "an inclusion proof that is too short")
    middle, sibling = split(size), path[-1]
    if index < middle:
        return node(root_from(leaf, index, middle, path[:-1]), sibling)
    return node(sibling, root_from(leaf, index - middle, size - middle, path[:-1]))


def roots_from(old: int, size: int, old_root: bytes, path: list[bytes], whole: bool = True) -> tuple[bytes, bytes]:
    """Roots of the old and the new tree that a consistency proof gives."""
    if old == size:
        if whole:
            need(not path, "a consistency proof that is too long")
            return old_root, old_root
        need(len(path) == 1, "a consistency proof of another length")
        return path[0], path[0]
    need(path, "a consistency proof that is too short")
    middle, rest = split(size), path[-1]
    if old <= middle:
        before, after = roots_from(old, middle, old_root, path[:-1], whole)
        return before, node(after, rest)
    before, after = roots_from(old - middle, size - middle, old_root, path[:-1], False)
    return node(rest, before), node(rest, after)


# Keys and signatures.


def jwk_key(jwk: dict) -> object:
    def number(name: str) -> int:
        return int.from_bytes(b64u(jwk[name]), "big")

    kind = jwk.get("kty")
    if kind == "RSA":
        need(2048 <= number("n").bit_length() <= 8192, "an RSA key of another size")
        return rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
    if kind == "EC":
        curve = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}[jwk["crv"]]()
        return ec.EllipticCurvePublicNumbers(number("x"), number("y"), curve).public_key()
    need(kind == "OKP" and jwk.get("crv") == "Ed25519", "a key of another kind")
    y = int.from_bytes(b64u(jwk["x"], 32), "little") & (1 << 255) - 1
    need(y < FIELD, "an Ed25519 point in another spelling")
    need(y not in SMALL_ORDER, "an Ed25519 point of small order")
    return ed25519.Ed25519PublicKey.from_public_bytes(b64u(jwk["x"], 32))


FIELD = (1 << 255) - 19


def small_order() -> set[int]:
    """The y of the points whose order divides 8: of those of order 8, doubling gives y = 0."""
    d, i = -121665 * pow(121666, -1, FIELD) % FIELD, pow(2, (FIELD - 1) // 4, FIELD)

    def root(square: int) -> int | None:
        found = pow(square, (FIELD + 3) // 8, FIELD)
        return next((one for one in (found, found * i % FIELD) if one * one % FIELD == square % FIELD), None)

    # On -x² + y² = 1 + dx²y² doubling gives y = 0 where x² = -y², so that 2y² = 1 - dy⁴.
    inner = root(1 + d)
    squares = [(one - 1) * pow(d, -1, FIELD) % FIELD for one in (inner, FIELD - inner)]
    eighths = [one for one in map(root, squares) if one is not None]
    return {1, FIELD - 1, 0} | {y for one in eighths for y in (one, FIELD - one)}


SMALL_ORDER = small_order()
SMALL_PRIMES = [n for n in range(2, 752) if all(n % by for by in range(2, int(n**0.5) + 1))]


def participants_key(jwk: dict) -> object:
    """A key as a registry takes it, which is stricter with RSA."""
    key = jwk_key(jwk)
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        need(numbers.e >= 65537 and numbers.e % 2, "an RSA exponent that is even, or under 65537")
        need(all(numbers.n % prime for prime in SMALL_PRIMES), "an RSA modulus with a small factor")
    return key


def thumbprint(jwk: dict) -> str:
    names = {"RSA": ["e", "kty", "n"], "EC": ["crv", "kty", "x", "y"], "OKP": ["crv", "kty", "x"]}[jwk["kty"]]
    return to_b64u(sha256(canonical({name: jwk[name] for name in names}).encode()))


def serves(key: object, alg: str) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return alg[:2] in ("RS", "PS")
    if isinstance(key, ec.EllipticCurvePublicKey):
        return alg == {256: "ES256", 384: "ES384", 521: "ES512"}[key.curve.key_size]
    return alg in ("EdDSA", "Ed25519")


def is_signed(key: object, alg: str, signature: bytes, octets: bytes) -> bool:
    """Asks joserfc alone whether it is: what headers may say is a profile's matter, and is asked apart."""
    if not serves(key, alg):
        return False
    kind = {"R": RSAKey, "P": RSAKey, "E": ECKey}[alg[0]] if alg[:2] != "Ed" else OKPKey
    known = kind.import_key(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return JWSRegistry.algorithms[alg].verify(octets, signature, known)


def compact(text: str, key: object, typ: str | None) -> dict:
    parts = text.split(".")
    need(len(parts) == 3, "not a compact JWS")
    header = strict_json(b64u(parts[0]))
    need(typ is None or header.get("typ") == typ, "a JWS of another type")
    need("crit" not in header, "a JWS with critical members")
    need(is_signed(key, header["alg"], b64u(parts[2]), f"{parts[0]}.{parts[1]}".encode()), "a signature of another key")
    return strict_json(b64u(parts[1]), floats=True)


# Notes, their keys, and the policy.


class NoteKey:
    def __init__(self, text: str):
        name, ident, encoded = text.split("+", 2)
        octets = b64(encoded)
        self.name, self.kind, self.public = name, octets[0], octets[1:]
        self.id = sha256(name.encode() + b"\n" + octets)[:4]
        need(self.id.hex() == ident, "a key with another id")
        need(self.kind in (1, 4, 6), "a key of another type")

    @classmethod
    def of_jwk(cls, name: str, jwk: dict) -> NoteKey | None:
        """A log's key, as a record tells of it; None for one of another type."""
        if jwk.get("kty") == "AKP":
            need(jwk.keys() == {"kty", "alg", "pub"} and jwk["alg"] == "ML-DSA-44", "another key of ML-DSA")
            octets = b"\x06" + b64u(jwk["pub"], 1312)
        elif jwk.get("crv") == "Ed25519":
            octets = b"\x01" + b64u(jwk["x"], 32)
        else:
            return None
        ident = sha256(name.encode() + b"\n" + octets)[:4].hex()
        return cls(f"{name}+{ident}+{base64.b64encode(octets).decode()}")

    def is_good(self, signature: bytes, octets: bytes) -> bool:
        kind = mldsa.MLDSA44PublicKey if self.kind == 6 else ed25519.Ed25519PublicKey
        try:
            kind.from_public_bytes(self.public).verify(signature, octets)
        except InvalidSignature:
            return False
        return True


class Note:
    def __init__(self, text: str):
        need(not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), "a note with control characters")
        body, parted, lines = text.rpartition("\n\n")
        need(parted and lines.endswith("\n"), "not a note")
        self.text, self.lines = body + "\n", []
        for line in lines[:-1].split("\n"):
            match = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)", line)
            need(match, "not a signature line")
            octets = b64(match[2])
            need(len(octets) > 4, "a signature line without a signature")
            self.lines.append((match[1], octets[:4], octets[4:]))
        head = self.text.split("\n")
        need(len(head) >= 4 and head[-1] == "" and "" not in head[:-1], "not a checkpoint")
        need(re.fullmatch(r"0|[1-9][0-9]*", head[1]), "a size in another spelling")
        self.origin, self.size, self.root = head[0], int(head[1]), b64(head[2])
        need(len(self.root) == 32, "a root of another length")

    def signed_by(self, key: NoteKey) -> list[int | None]:
        """Times of this key's lines, None where its type has none; a line that isn't good spoils the note."""
        times: list[int | None] = []
        for name, ident, signature in self.lines:
            if (name, ident) != (key.name, key.id):
                continue
            seconds, octets = None, self.text.encode()
            if key.kind in (4, 6):
                seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            if key.kind == 4:
                octets = f"cosignature/v1\ntime {seconds}\n".encode() + octets
            if key.kind == 6:
                octets = self.subtree(name, seconds)
            need(key.is_good(signature, octets), f"the signature of {name} is not good")
            times.append(seconds)
        return times

    def subtree(self, name: str, seconds: int) -> bytes:
        """What an ML-DSA key signs: name and time, and the whole tree of this head."""
        named, origin = (bytes([len(text.encode())]) + text.encode() for text in (name, self.origin))
        numbers = (0).to_bytes(8, "big") + self.size.to_bytes(8, "big")
        return b"subtree/v1\n\0" + named + seconds.to_bytes(8, "big") + origin + numbers + self.root


BLANK = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CIRCLED = "[\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189]"


def is_letter(sign: str) -> bool:
    """Alphabetic or a number by Unicode, but for combining vowel signs, which Python can't tell from accents."""
    return unicodedata.category(sign) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No") or bool(re.match(CIRCLED, sign))


def is_slip(comment: str) -> bool:
    """Whether a comment's first word could be meant as countersign."""
    begin = next((n for n, sign in enumerate(comment) if is_letter(sign)), len(comment))
    first = re.match(f"[^{BLANK}]*", comment[begin:])[0]
    word, name = "".join(sign.lower() for sign in first if is_letter(sign)), "countersign"
    if word.startswith(name):
        rest = word[len(name) :]
        return len(rest) < 2 or rest in [form.replace("-", "") for form in OURS]
    for n in range(len(name) + 1):
        head, tail, end = name[:n], name[n:], word[n + 1 :]
        one_off = word[:n] == head and (tail == end or (tail and tail[1:] in (end, word[n:])))
        swapped = head + tail[1:2] + tail[:1] + tail[2:]
        if one_off or word == swapped:
            return True
    return False


class Policy:
    def __init__(self, text: str):
        self.logs: list[NoteKey] = []
        self.witnesses: dict[str, NoteKey] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum: str | None = None
        self.ours: dict[str, list[list[str]]] = {}
        need(len(text.encode()) <= LONGEST_POLICY, "a policy of more than 256 KiB")
        for line in text.split("\n"):
            words = re.findall(r"[^ \t\f\r]+", line)
            if words and words[0] == "#countersign":
                name, *rest = words[1:] or [""]
                sound = len(rest) >= 2 if name == "person" else len(rest) == OURS.get(name)
                need(sound, "a line for countersign that says nothing known")
                if name == "aged":
                    need(rest[0] in [known for known, _ in self.lines("tsa")], "nobody of that name can age")
                    milliseconds(rest[1])
                self.ours.setdefault(name, []).append(rest)
            elif words and words[0].startswith("#"):
                need(not is_slip(line), "a comment that could be meant as a line for countersign")
            elif words:
                self.take(*words)

    def take(self, first: str, name: str, *rest: str) -> None:
        if first == "log":
            self.logs.append(NoteKey(name))
        elif first == "witness":
            self.witnesses[name] = NoteKey(rest[0])
        elif first == "group":
            self.groups[name] = ({"any": 1, "all": len(rest) - 1}.get(rest[0]) or int(rest[0]), list(rest[1:]))
        else:
            need(first == "quorum", "not a line of a policy")
            self.quorum = name

    def is_met(self, name: str, signed: set[str]) -> bool:
        if name in self.groups:
            threshold, members = self.groups[name]
            return sum(self.is_met(member, signed) for member in members) >= threshold
        return name == "none" or name in signed

    def lines(self, name: str) -> list[list[str]]:
        return self.ours.get(name, [])


# The bundle.


def values(octets: bytes) -> int:
    """How many JSON values there are, the whole one counted and names of members not; nothing is built for that."""
    outside = re.sub(rb'"(?:[^"\\]|\\.)*+"?', b'"', octets, flags=re.DOTALL)
    return len(re.findall(rb'"(?!:)|[{\[]|[-+.\w]+', re.sub(rb"\s+", b"", outside)))


def read(octets: bytes) -> dict:
    """The bundle; Refuted where the file was altered, Unreadable where it is none."""
    need(len(octets) <= LONGEST, "longer than 64 MiB", Unreadable)
    need(values(octets) <= MOST_VALUES, "of more than 1,048,576 values", Unreadable)
    try:
        value = strict_json(octets)
        need(canonical(value).encode() == octets, "not in its one spelling", ValueError)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    need(isinstance(value, dict) and "digest" in value, "no digest", Unreadable)
    digest = b64u(value.pop("digest"), 32)
    need(sha256(canonical(value).encode()) == digest, "altered after it was made")
    shape(value, {"format": str, "version": int, "bundle": dict})
    need((value["format"], value["version"]) == (FORMAT, 1), "another format", Unreadable)
    bundle = value["bundle"]
    lists = dict.fromkeys(("participants", "profiles", "serviceKeys", "tokens", "times", "ranges"), list)
    shape(bundle, {"claim": dict, "origin": str, "checkpoints": list, "messages": list, "chains": list}, lists)
    for head in bundle["checkpoints"]:
        shape(head, {"note": str}, {"consistency": list, "timestamps": list})
    for message in bundle["messages"]:
        shape(message, {"entry": dict}, {"body": str, "headers": list})
    entries = [message["entry"] for message in bundle["messages"]] + sum(bundle["chains"] + bundle.get("participants", []), [])
    for entry in entries + sum((bundle.get(name, []) for name in ("serviceKeys", "times", "ranges")), []):
        shape(entry, {"leaf": str, "salt": str, "record": str, "index": int, "inclusion": list})
    return bundle


class Judge:
    def __init__(self, bundle: dict, policy: Policy | None, at: int):
        self.bundle, self.policy, self.latest = bundle, policy, at // 1000 + 300
        self.before: list[tuple[int, int]] = []
        self.after: list[tuple[int, int]] = []
        self.head: Note | None = None
        self.notes: list[Note] = []
        self.tokens: list[tuple[int, bytes]] = []
        self.aged: list[tuple[int, bytes, list[tuple[int, int]], tuple[int, int]]] = []
        self.followed: list[tuple[int, NoteKey]] = []

    def run(self) -> None:
        need(self.bundle["messages"], "no message")
        lists = [[message["entry"] for message in self.bundle["messages"]]]
        for entries in lists + [self.bundle.get(name, []) for name in ("serviceKeys", "times", "ranges")]:
            indexes = [entry["index"] for entry in entries]
            need(indexes == sorted(set(indexes)), "entries that are not in the order of their indexes, each once")
        self.heads()
        for entry in self.bundle.get("times", []) if self.policy else []:
            self.outside(entry)
        self.settle()
        if self.policy:
            need(self.before, "no outside time")
        chains = [Chain(entries, self) for entries in self.bundle["chains"]]
        self.chains = {chain.id: chain for chain in chains}
        need(len(self.chains) == len(chains), "a chain twice")
        records = [self.message(message) for message in self.bundle["messages"]]
        self.claim(records)
        self.idle(records)
        for entries in self.bundle.get("participants", []):
            named = Chain(entries, self, "participant-stated").subject
            need(any(record["participantId"] == named for _, _, record in records), "a participant without a message")
        for token in self.bundle.get("tokens", []):
            self.token(token, [record["token"] for _, _, record in records if "token" in record])
        need(self.policy, "consistent in itself, trust not given")

    def idle(self, records: list[tuple[bytes, int, dict]]) -> None:
        """What nothing rests on has no place here."""
        roles = {record["participantRoleId"] for _, _, record in records} | {self.bundle["claim"].get("participantRoleId")}
        roles |= {record["askedBy"].get("participantRoleId") for _, _, record in records}
        need(set(self.chains) <= roles, "a chain that no message needs")
        used = {record["profile"]["digest"] for _, _, record in records}
        for text in self.bundle.get("profiles", []):
            need(to_b64u(sha256(b64u(text))) in used, "a profile that no message was judged by")
        need(not self.bundle.get("ranges") or self.bundle["claim"]["what"] == "range", "ranges that no claim needs")
        for entry in self.bundle.get("serviceKeys", []):
            self.record(entry, "service-key", "kid", "jwk", "use", "from")

    def token(self, token: dict, named: list[dict]) -> None:
        shape(token, {"signingInput": str}, {"signature": str})
        text = token["signingInput"]
        digest = to_b64u(sha256(text.encode()))
        named = [one for one in named if one["payloadSha256"] == digest][:1]
        need(named, "a token that no record names")
        claims = strict_json(b64u(text.split(".")[1]), floats=True)
        need(claims.get("jti", "") == named[0]["jti"], "a token of another id than the record names")
        if "signature" not in token:
            return
        b64u(token["signature"])
        text += "." + token["signature"]
        need(to_b64u(sha256(text.encode())) == named[0]["sha256"], "another token than the record names")
        kid = strict_json(b64u(text.split(".")[0])).get("kid")
        for entry in self.bundle.get("serviceKeys", []):
            _, record = self.record(entry, "service-key", "kid", "jwk", "use", "from")
            if (record["use"], record["kid"]) == ("token", kid):
                compact(text, jwk_key(record["jwk"]), None)
                return
        raise Refuted("a token of no key of the realm here")

    def heads(self) -> None:
        heads = self.bundle["checkpoints"]
        need(heads, "no head")
        for n, head in enumerate(heads):
            note, old = Note(head["note"]), self.head
            need(note.origin == self.bundle["origin"], "a head of another log")
            path = [b64u(text, 32) for text in head.get("consistency", [])]
            if old is None:
                need(not path, "the first head goes on from nothing")
            elif old.size == 0:
                need(not path and old.root == sha256(b""), "an empty head with a root")
            else:
                need(old.size <= note.size, "a head that shrinks")
                need(roots_from(old.size, note.size, old.root, path) == (old.root, note.root), "a head that does not go on")
            self.head = note
            self.notes.append(note)
        if self.policy:
            self.hand_over()
            for note, head in zip(self.notes, heads, strict=True):
                self.signatures(note, note is self.head)
                for token in head.get("timestamps", []):
                    self.stamped(note, b64u(token), self.before, note.size)

    def hand_over(self) -> None:
        """Keys that took over: each an entry, under a first head that a key before signed as well."""
        for entry in self.bundle.get("serviceKeys", []):
            _, record = self.record(entry, "service-key", "kid", "jwk", "use", "from")
            key = NoteKey.of_jwk(self.head.origin, record["jwk"]) if record["use"] == "ledger" else None
            if key is None:
                continue
            note = next((note for note in self.notes if note.size > entry["index"]), None)
            before = [one for one in self.log_keys(note.size, key.kind) if one.id != key.id] if note else []
            if any(self.has_signed(note, one) for one in before) and self.has_signed(note, key):
                self.followed.append((entry["index"], key))

    def has_signed(self, note: Note, key: NoteKey) -> bool:
        try:
            return bool(note.signed_by(key))
        except Refuted:
            return False

    def log_keys(self, size: int, kind: int) -> list[NoteKey]:
        """The keys of a type of which one must have signed a head of this size."""
        followed = [key for index, key in self.followed if index < size and key.kind == kind]
        return followed[-1:] or [key for key in self.policy.logs if key.name == self.head.origin and key.kind == kind]

    def stamped(self, note: Note, token: bytes, times: list[tuple[int, int]], bound: int) -> None:
        """Takes a timestamp's time; that of an authority which aged is put aside."""
        for name, text in self.policy.lines("tsa"):
            seconds = timestamp.time_of(token, sha256(note.text.encode()), [b64(text)])
            if seconds is None:
                continue
            need(seconds <= self.latest, "a time that is not there yet")
            aged = [milliseconds(when) // 1000 for of, when in self.policy.lines("aged") if of == name]
            if aged:
                self.aged.append((min(aged), sha256(token), times, (bound, seconds)))
            else:
                times.append((bound, seconds))
            return

    def settle(self) -> None:
        """Lets timestamps of aged authorities count that were in the log before a time that counts, and before they aged."""
        waiting = self.aged
        while True:
            left = [one for one in waiting if not self.was_there(*one[:2])]
            shown = [one for one in waiting if one not in left]
            for _, _, times, time in shown:
                times.append(time)
            if not shown:
                return
            waiting = left

    def was_there(self, aged: int, token: bytes) -> bool:
        places = [index for index, of in self.tokens if of == token]
        return bool(places) and any(size > min(places) and seconds < aged for size, seconds in self.before)

    def signatures(self, note: Note, is_newest: bool) -> None:
        keys = [keys for keys in (self.log_keys(note.size, kind) for kind in (1, 6)) if keys]
        need(keys, "a log of which this trust names no key")
        for kind in keys:
            need(any([note.signed_by(key) for key in kind]), "a head that no log key of this trust signed")
        signed = {name: note.signed_by(key) for name, key in self.policy.witnesses.items()}
        signed = {name: times for name, times in signed.items() if times}
        if is_newest:
            need(self.policy.is_met(self.policy.quorum, set(signed)), "too few witnesses")
        for times in signed.values():
            need(times[0] <= self.latest, "a time that is not there yet")
            self.before.append((note.size, times[0]))

    def open(self, entry: dict, kind: str) -> tuple[bytes, int]:
        """The leaf's id and time, once it is in the log and commits to the record."""
        leaf = b64u(entry["leaf"])
        need(len(leaf) == 58 and leaf[0] == 1 and KINDS.get(leaf[1]) == kind, f"not a leaf of kind {kind}")
        need(leaf[26:] == sha256(b64u(entry["salt"], 32) + b64u(entry["record"])), "a leaf of another record")
        ident = sha256(b"\x00" + leaf)
        path = [b64u(text, 32) for text in entry["inclusion"]]
        need(entry["index"] < self.head.size, "an index beyond the log")
        need(root_from(ident, entry["index"], self.head.size, path) == self.head.root, "an entry that is not in the log")
        return ident, int.from_bytes(leaf[2:10], "big")

    def record(self, entry: dict, kind: str, *names: str) -> tuple[bytes, dict]:
        """The leaf's id and the record, which tell of the same kind and time."""
        ident, at = self.open(entry, kind)
        record = record_of(b64u(entry["record"]), "v", "kind", "recordedAt", *names)
        need((record["v"], record["kind"]) == (1, kind), "a record of another kind")
        need(milliseconds(record["recordedAt"]) == at, "a record of another time than its leaf")
        return ident, record

    def outside(self, entry: dict) -> None:
        if b64u(entry["leaf"])[1:2] == b"\x0b":
            _, record = self.record(entry, "renewal", "checkpoint", "token", "ends", "until")
            need(all(milliseconds(record[name]) for name in ("ends", "until")), "a renewal without times")
            record["form"] = "rfc3161"
        else:
            _, record = self.record(entry, "time", "checkpoint", "form", "token")
        note = Note(record["checkpoint"])
        self.tokens.append((entry["index"], sha256(b64u(record["token"]))))
        if record["form"] == "rfc3161":
            self.stamped(note, b64u(record["token"]), self.after, entry["index"])
            return
        need(record["form"] == "cosignature", "a time of another form")
        note.lines = Note(f"{note.text}\n{b64u(record['token']).decode()}\n").lines
        times = [time for key in self.policy.witnesses.values() for time in note.signed_by(key)]
        if not times:
            return
        need(times[0] <= self.latest, "a time that is not there yet")
        self.after.append((entry["index"], times[0]))

    def message(self, message: dict) -> tuple[bytes, int, dict]:
        entry = message["entry"]
        # A report says when its receiver had the message; nothing else does.
        kind, seen = ("report", ("seenAt",)) if b64u(entry["leaf"])[1:2] == b"\x09" else ("message", ())
        ident, record = self.record(
            entry, kind, "participantRoleId", "participantId", "kid", "profile", "registryHead", "method", "target",
            "targetStatedBy", "body", "jws", "token?", "requestId?", "traceId?", "verdict", "signed", "first?", "askedBy",
            *seen, "answers?",
        )  # fmt: skip
        need(all(milliseconds(record[name]) is not None for name in seen), "a report without its time")
        at = milliseconds(record["recordedAt"])
        body = b64u(message["body"]) if "body" in message else None
        need(body is not None, "a body that is not disclosed")
        named = record["body"]
        need((sha256(body), len(body)) == (b64u(named["sha256"], 32), named["length"]), "another body")
        chain = self.chains.get(record["participantRoleId"])
        need(chain, "no chain of the signer")
        role = chain.at(record["registryHead"], entry["index"])
        need(role.participant == record["participantId"], "a role of somebody else")
        need(role.settings["profile"] == record["profile"]["name"], "a profile that is not the signer's")
        need(at >= role.at, "dated before the record of its signer that it counts")
        need(record["verdict"] == "ok" or record["verdict"] in OPERATORS_OWN, "a verdict of which nothing is recorded")
        receiver = self.receiver(record, entry["index"])
        verdict = self.judged(role, record, body, at, receiver)
        need(
            verdict == record["verdict"] or (verdict == "ok" and record["verdict"] in OPERATORS_OWN),
            f"recorded as {record['verdict']}, judged {verdict}",
        )
        key = role.keys.get(record["kid"])
        need(key, "a key that is not the role's")
        good = self.profile(record) and Signature(record["jws"]).is_good(self.profile(record), record, body, key["key"])
        need(good and record["signed"] is True, "a signature that is not good")
        need(Signature(record["jws"]).header.get("kid", record["kid"]) == record["kid"], "another key than the one that signed")
        covers = any(parameter["is"] == "address" for parameter in self.profile(record)["parameters"])
        need(record["targetStatedBy"] == ("signature" if covers else "caller"), "a target that somebody else stated")
        if self.policy:
            role.word(record["kid"], self.policy)
            need(any(entry["index"] < size for size, _ in self.before), "not shown until when it was in the log")
            self.timed(entry["index"], at)
        return ident, entry["index"], record

    def timed(self, index: int, at: int) -> None:
        recorded = at // 1000
        before = [seconds for size, seconds in self.before if index < size]
        after = [seconds for place, seconds in self.after if place < index]
        need(not before or recorded <= min(before) + 300, "recorded after it was in the log")
        need(not after or max(after) <= recorded + 900, "dated back")

    def profile(self, record: dict) -> dict:
        for text in self.bundle.get("profiles", []):
            if to_b64u(sha256(b64u(text))) == record["profile"]["digest"]:
                profile = strict_json(b64u(text))
                need(all(profile[name] == record["profile"][name] for name in ("name", "version")), "another profile")
                signed = {parameter["is"] for parameter in profile["parameters"]}
                need(profile.get("no_body", "target") in ("target", "empty", "refused"), "no rule for no body")
                need(profile.get("no_body") != "empty" or "address" in signed, "a signature over nothing, for each target")
                age, timed = profile.get("age"), signed & {"now", "past"} or (profile.get("times") or {}).get("time") is not None
                need(age is None or (type(age) is int and 1 <= age <= 86400 and timed), "an age of no time")
                need(profile.get("coding", "none") in ("none", "any"), "no rule for codings")
                return profile
        raise Refuted("a profile that the bundle does not define")

    def receiver(self, record: dict, index: int) -> tuple[str, str] | None:
        """Role and origin of whoever asked, as the registry had it when the message came."""
        ident = record["askedBy"].get("participantRoleId")
        chain = self.chains.get(ident)
        base = chain and chain.before(index).settings.get("baseUrl")
        return (ident, "/".join(base.split("/")[:3])) if base else None

    def judged(self, role: Role, record: dict, body: bytes, at: int, receiver: tuple[str, str] | None) -> str:
        profile, seconds = self.profile(record), at // 1000
        if role.status_at(at) != "APPROVED":
            return "participant_not_approved"
        try:
            signature = Signature(record["jws"])
        except (Refuted, Unreadable, ValueError):
            return "signature_malformed"
        header = signature.header
        if header["alg"] not in profile["algorithms"]:
            return "algorithm_not_allowed"
        crit = header.get("crit", [])
        if "crit" in header and (not crit or len(set(crit)) < len(crit) or not set(crit) <= set(header)):
            return "signature_malformed"
        must, may = set(profile["crit"]["must"]), set(profile["crit"]["may"])
        if not must <= set(crit):
            return "crit_missing"
        if not set(crit) <= must | may:
            return "crit_unknown"
        if (header.get("b64") is not False) if profile["payload"] == "unencoded" else "b64" in header:
            return "b64_mismatch"
        if "kid" not in header and profile["kid"] == "required":
            return "kid_missing"
        kid = header.get("kid", record["kid"])
        if kid not in role.keys:
            return "kid_unknown"
        key = role.keys[kid]
        standing = role.standing(kid, seconds)
        if standing:
            return standing
        if not serves(key["key"], header["alg"]):
            return "algorithm_not_allowed"
        wrong = self.parameters(profile, header, role, record, seconds, receiver)
        if wrong:
            return wrong
        return "ok" if signature.is_good(profile, record, body, key["key"]) else "signature_invalid"

    def parameters(
        self, profile: dict, header: dict, role: Role, record: dict, at: int, receiver: tuple[str, str] | None
    ) -> str | None:
        plain = profile.get("answers") == "plain" and header.get("typ", "JOSE") == "JOSE"
        if "answers" in record and not plain:
            if header.get("typ") != "answer+jws" or header.get("req") != record["answers"]:
                return "claim_invalid"
        elif header.get("typ", "JOSE") != "JOSE":
            return "claim_invalid"
        wanted = {
            "receiver": receiver and receiver[0],
            "method": record["method"],
            "address": receiver and receiver[1] + record["target"],
            "issuer": role.settings.get("issuer"),
            "anchor": role.settings.get("anchor"),
        }
        for parameter in profile["parameters"]:
            name, rule = parameter["name"], parameter["is"]
            if name not in header:
                return "claim_missing"
            value = header[name]
            if rule in ("now", "past"):
                if not isinstance(value, int) or isinstance(value, bool):
                    return "claim_invalid"
                age = profile.get("age") or 300
                early, late = (age, age) if rule == "now" else (0, profile.get("age"))
                if value - at > early or (late is not None and at - value > late):
                    return "too_old"
            elif rule == "unique":
                if not isinstance(value, str) or not 1 <= len(value.encode()) <= 255:
                    return "claim_invalid"
            elif wanted[rule] is None or value != wanted[rule]:
                return "claim_invalid"
        return None

    def claim(self, records: list[tuple[bytes, int, dict]]) -> None:
        claim = self.bundle["claim"]
        if claim["what"] == "conversation":
            shape(claim, {"what": str, "requestId": str}, {"otherOrigins": list})
            self.others(claim)
            need(all(record.get("requestId") == claim["requestId"] for _, _, record in records), "another conversation")
        elif claim["what"] == "range":
            shape(claim, {"what": str, "participantRoleId": str, "from": int, "to": int}, {"otherOrigins": list, "leftAt": int})
            self.others(claim)
            self.complete(claim, records)
        else:
            need(claim == {"what": "messages"}, "another claim", Unreadable)

    def others(self, claim: dict) -> None:
        others = claim.get("otherOrigins", [])
        need(all(isinstance(other, str) for other in others), "another claim", Unreadable)
        need(len(others) <= 1000 and all(map(is_origin, others)), "too many other logs, or one without a log's name")
        need(len({*others, self.bundle["origin"]}) > len(others), "another log twice, or this one")

    def complete(self, claim: dict, records: list[tuple[bytes, int, dict]]) -> None:
        shown = {ident for ident, _, _ in records}.union(*(chain.idents for chain in self.chains.values()))
        named: set[bytes] = set()
        start, end, prev = None, None, None
        for entry in self.bundle.get("ranges", []):
            _, record = self.record(entry, "range", "participantRoleId", "from", "to", "leaves", "prev?")
            octets = b64u(entry["record"])
            need(record["participantRoleId"] == claim["participantRoleId"], "a range of another role")
            need(record["from"] < record["to"] <= entry["index"], "a range of no stretch before it")
            need(("prev" in record) == (record["from"] > 0), "a range that is not the first, and names none before it")
            need(end is None or (record["from"] == end and record.get("prev") == prev), "a gap between ranges")
            start = record["from"] if start is None else start
            end, prev = record["to"], to_b64u(sha256(octets))
            named |= {b64u(leaf, 32) for leaf in record["leaves"]}
        need(claim["from"] < claim["to"] <= self.head.size, "a claim of no stretch")
        need(start is not None and start <= claim["from"] and claim["to"] <= end, "a claim beyond its ranges")
        need(named <= shown, "leaves that are not shown")
        for ident, index, record in records:
            mine = record["participantRoleId"] == claim["participantRoleId"]
            need(not mine or not claim["from"] <= index < claim["to"] or ident in named, "a message beside its range")


class Signature:
    """A detached JWS."""

    def __init__(self, text: str):
        parts = text.split(".")
        need(len(parts) == 3 and not parts[1], "not a detached JWS")
        self.protected, self.signature = parts[0], b64u(parts[2])
        self.header = strict_json(b64u(parts[0]), floats=True)
        need(isinstance(self.header, dict) and isinstance(self.header.get("alg"), str), "a header without alg")

    def is_good(self, profile: dict, record: dict, body: bytes, key: object) -> bool:
        octets = body or {"target": record["target"].encode(), "empty": b""}.get(profile.get("no_body", "target"))
        if octets is None:
            return False
        signed = octets if profile["payload"] == "unencoded" else to_b64u(octets).encode()
        return is_signed(key, self.header["alg"], self.signature, self.protected.encode() + b"." + signed)


class Role:
    """What a role's records say, put together."""

    def __init__(self) -> None:
        self.id, self.participant, self.settings, self.at = "", "", {}, 0
        self.statuses: list[tuple[int, str]] = []
        self.keys: dict[str, dict] = {}

    def take(self, change: dict, subject: str, at: int) -> None:
        what, begun = change["what"], bool(self.statuses)
        self.at = at
        need((what == "role-applied") != begun, "a chain that does not begin with one application")
        if what == "role-applied":
            self.id, self.participant, self.settings = subject, change["participantId"], change["role"]
            self.statuses.append((at, "APPLIED"))
        elif what == "role-stated":
            self.settings = change["role"]
        elif what == "status-changed":
            need(change["status"] in NEXT[self.statuses[-1][1]], "a status that can't follow")
            self.statuses.append((at, change["status"]))
        elif what == "key-added":
            need(change["kid"] not in self.keys, "a kid twice")
            until = change["validUntil"] and milliseconds(change["validUntil"])
            key = participants_key(change["jwk"])
            start = milliseconds(change["validFrom"])
            self.keys[change["kid"]] = {**change, "key": key, "from": start, "until": until, "revoked": None, "at": at}
        elif what == "key-ended":
            key = self.keys[change["kid"]]
            need("ended" not in key, "a key that ends twice")
            key["ended"] = milliseconds(change["at"])
        elif what == "key-revoked":
            key, since = self.keys[change["kid"]], milliseconds(change["since"])
            key["revoked"] = since if key["revoked"] is None else min(since, key["revoked"])
        else:
            need(what == "secret-rotated", "a change that is not known")

    def status_at(self, at: int) -> str | None:
        return next((status for since, status in reversed(self.statuses) if since <= at), None)

    def standing(self, kid: str, seconds: int) -> str | None:
        key = self.keys[kid]
        ends = [end for end in (key["until"], key.get("ended")) if end is not None]
        if seconds < key["from"] // 1000:
            return "key_not_yet_valid"
        if ends and seconds >= min(ends) // 1000:
            return "key_ended"
        if key["revoked"] is not None and seconds >= key["revoked"] // 1000:
            return "key_revoked"
        return None

    def word(self, kid: str, policy: Policy) -> None:
        """Refutes a key that stands on no word which this trust accepts."""
        key = self.keys[kid]
        print_ = thumbprint(key["jwk"])
        if [self.id, kid, print_] in policy.lines("pin"):
            return
        word = key["word"]
        need([word["grade"]] in policy.lines("grade"), f"a key on a word of grade {word['grade']}")
        if word["grade"] == "previous-key":
            previous = self.keys.get(word["kid"])
            names = list(self.keys)
            need(previous and names.index(word["kid"]) < names.index(kid), "no such previous key")
            ends = [end for end in (previous["until"], previous.get("ended"), previous["revoked"]) if end is not None]
            need(previous["from"] <= key["at"] and all(key["at"] < end for end in ends), "a previous key that had ended")
            claims = compact(word["jws"], previous["key"], "key-voucher+jwt")
            need((claims.get("sub"), claims.get("jkt")) == (self.id, print_), "a voucher for another key")
            self.word(word["kid"], policy)
        elif word["grade"] == "confirmed":
            for name, *jwk in policy.lines("person"):
                try:
                    claims = compact(word["jws"], jwk_key(strict_json(" ".join(jwk))), "key-voucher+jwt")
                except Refuted:
                    continue
                said = (claims.get("sub"), claims.get("jkt"), claims.get("name"))
                if name == word["name"] and said == (self.id, print_, name):
                    return
            raise Refuted("a confirmation by nobody in this trust")
        elif word["grade"] == "certificate":
            certified(word["x5c"], key, (self.id, self.participant), policy)


def certified(x5c: list[str], key: dict, of: tuple[str, str], policy: Policy) -> None:
    chain = [x509.load_der_x509_certificate(b64(text)) for text in x5c]
    trusted = [x509.load_der_x509_certificate(b64(text)) for _, text in policy.lines("ca")]
    need(chain and chain[0].public_key() == key["key"], "a certificate of another key")
    when = datetime.fromtimestamp(key["at"] / 1000, UTC)
    need(timestamp.leads(chain[0], chain, trusted, when), "a certificate under nobody in this trust")
    subject = to_b64u(sha256(chain[0].subject.public_bytes()))
    named = any(digest == subject and ident in of for ident, digest in policy.lines("subject"))
    need(named, "a certificate of nobody that this trust names as the participant")


class Chain:
    """A role's records in the log, each naming the one before."""

    def __init__(self, entries: list[dict], judge: Judge, only: str | None = None):
        self.records, self.indexes, self.digests, self.idents = [], [], [], []
        for n, entry in enumerate(entries):
            ident, at = judge.open(entry, "registry")
            octets = b64u(entry["record"])
            record = record_of(octets, "v", "kind", "subject", "seq", "recordedAt", "actor", "change", "prev")
            need((record["v"], record["kind"], record["seq"]) == (1, "registry", n + 1), "a gap in a chain")
            need(record["prev"] == (self.digests[-1] if n else None), "a record that does not name the one before")
            need(milliseconds(record["recordedAt"]) == at, "a record of another time than its leaf")
            judge.timed(entry["index"], at)
            need(only is None or record["change"]["what"] == only, "a record of another kind of chain")
            if n:
                need(record["subject"] == self.records[0]["subject"], "a record of another chain")
                need(entry["index"] > self.indexes[-1], "records out of order")
                need(at >= milliseconds(self.records[-1]["recordedAt"]), "a record that is older than the one before")
            self.records.append(record)
            self.indexes.append(entry["index"])
            self.digests.append(to_b64u(sha256(octets)))
            self.idents.append(ident)
        need(self.records, "an empty chain")
        self.subject = self.records[0]["subject"]
        self.id = self.subject if only else self.at(None, None).id

    def at(self, head: str | None, index: int | None) -> Role:
        """The role with this newest record, for a verdict at that place; or as it is last."""
        count = len(self.records)
        if head is not None:
            need(head in self.digests, "a verdict on a chain that is not shown")
            count = self.digests.index(head) + 1
            need(count == sum(place < index for place in self.indexes), "a verdict that left out what was in the log")
        need(count, "an empty chain")
        return self.folded(count)

    def before(self, index: int) -> Role:
        """The role as the log had it before this place."""
        return self.folded(sum(place < index for place in self.indexes))

    def folded(self, count: int) -> Role:
        role = Role()
        for record in self.records[:count]:
            role.take(record["change"], record["subject"], milliseconds(record["recordedAt"]))
        return role


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--trust", type=Path)
    parser.add_argument("--at", type=int, default=None)
    given = parser.parse_args()
    status, why = judge(
        given.file.read_bytes(), given.trust and given.trust.read_text(), given.at or round(time.time() * 1000)
    )
    print(why)
    return status


def judge(octets: bytes, trust: str | None, at: int) -> tuple[int, str]:
    try:
        bundle = read(octets)
        Judge(bundle, Policy(trust) if trust is not None else None, at).run()
    except Unreadable as error:
        return 2, f"not readable: {error}"
    except Refuted as error:
        return 1, f"not proved: {error}"
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return 1, f"not proved: something is of another form ({error!r})"
    return 0, "proved"


if __name__ == "__main__":
    sys.exit(main())
