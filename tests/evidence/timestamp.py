"""Timestamps of an authority, by RFC 3161 and RFC 5652, on a DER reader of its own."""
from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
DIGESTS = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256,
    "2.16.840.1.101.3.4.2.2": hashes.SHA384,
    "2.16.840.1.101.3.4.2.3": hashes.SHA512,
}
SIGNATURES = {
    "1.2.840.113549.1.1.11": hashes.SHA256,
    "1.2.840.113549.1.1.12": hashes.SHA384,
    "1.2.840.113549.1.1.13": hashes.SHA512,
    "1.2.840.10045.4.3.2": hashes.SHA256,
    "1.2.840.10045.4.3.3": hashes.SHA384,
    "1.2.840.10045.4.3.4": hashes.SHA512,
}
BARE_RSA = "1.2.840.113549.1.1.1"


class Node:
    """A value: its tag, its content, and the whole with both."""

    def __init__(self, octets: bytes, start: int):
        self.tag, length, at = octets[start], octets[start + 1], start + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(octets[at : at + count], "big"), at + count
        self.end = at + length
        if self.end > len(octets):
            raise ValueError("a value that is cut off")
        self.content, self.whole = octets[at : self.end], octets[start : self.end]

    def __iter__(self) -> Iterator[Node]:
        at = 0
        while at < len(self.content):
            node = Node(self.content, at)
            yield node
            at = node.end

    def oid(self) -> str:
        if self.tag != 6:
            raise ValueError("not an identifier")
        numbers, value = [], 0
        for octet in self.content:
            value = value << 7 | octet & 0x7F
            if not octet & 0x80:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def whole(octets: bytes) -> Node:
    node = Node(octets, 0)
    if node.end != len(octets):
        raise ValueError("more than one value")
    return node


def time_of(token: bytes, imprint: bytes, trusted: list[bytes]) -> int | None:
    """The second of a token over this digest by an authority that is trusted; None where it is none."""
    try:
        return _time_of(token, imprint, [x509.load_der_x509_certificate(der) for der in trusted])
    except (ValueError, IndexError, TypeError, InvalidSignature, x509.ExtensionNotFound, KeyError):
        return None


def _time_of(token: bytes, imprint: bytes, trusted: list[x509.Certificate]) -> int | None:
    kind, wrapped = whole(token)
    if kind.oid() != SIGNED_DATA:
        return None
    version, _, encapsulated, *others = next(iter(wrapped))
    content_type, explicit = encapsulated
    if content_type.oid() != TST_INFO:
        return None
    content = next(iter(explicit)).content
    certificates = [x509.load_der_x509_certificate(node.whole) for tagged in others if tagged.tag == 0xA0 for node in tagged]
    (signer,) = others[-1]
    version, _, stamped, _, moment, *_ = whole(content)
    algorithm, digest = stamped
    if version.content != b"\x01" or next(iter(algorithm)).oid() != "2.16.840.1.101.3.4.2.1" or digest.content != imprint:
        return None
    text = moment.content.decode()
    form = "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ"
    when = datetime.strptime(text, form).replace(tzinfo=UTC)
    own = signed(signer, content, certificates + trusted)
    return int(when.timestamp()) if own and leads(own, certificates, trusted, when) else None


def signed(signer: Node, content: bytes, certificates: list[x509.Certificate]) -> x509.Certificate | None:
    _, sid, digest_algorithm, attributes, algorithm, signature, *_ = signer
    issuer, serial = sid
    number = int.from_bytes(serial.content, "big")
    own = next(c for c in certificates if (c.issuer.public_bytes(), c.serial_number) == (issuer.whole, number))
    usage = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if not usage.critical or list(usage.value) != [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]:
        return None
    digest = DIGESTS[next(iter(digest_algorithm)).oid()]
    values = {kind.oid(): next(iter(found)) for kind, found in attributes}
    expected = hashlib.new(digest.name, content).digest()
    if values[CONTENT_TYPE].oid() != TST_INFO or values[MESSAGE_DIGEST].content != expected:
        return None
    octets = b"\x31" + attributes.whole[1:]
    name = next(iter(algorithm)).oid()
    chosen = digest() if name == BARE_RSA else SIGNATURES[name]()
    key = own.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature.content, octets, padding.PKCS1v15(), chosen)
    else:
        key.verify(signature.content, octets, ec.ECDSA(chosen))
    return own


def leads(own: x509.Certificate, others: list[x509.Certificate], trusted: list[x509.Certificate], when: datetime) -> bool:
    """Whether issuers lead from a certificate to one that is trusted, each valid then."""
    usage = [one.value for one in own.extensions if one.oid == x509.oid.ExtensionOID.KEY_USAGE]
    if not all(one.digital_signature or one.content_commitment for one in usage):
        return False
    for below in range(6):
        if not understood(own) or not own.not_valid_before_utc <= when <= own.not_valid_after_utc:
            return False
        valid = [root for root in trusted if root.not_valid_before_utc <= when <= root.not_valid_after_utc]
        if own in trusted or any(issued(root, own, below) for root in valid):
            return True
        own = next((other for other in others if other != own and issued(other, own, below)), None)
        if own is None:
            return False
    return False


def understood(certificate: x509.Certificate) -> bool:
    """Whether all that a certificate demands is looked at here."""
    oids = x509.oid.ExtensionOID
    known = (oids.BASIC_CONSTRAINTS, oids.KEY_USAGE, oids.EXTENDED_KEY_USAGE, oids.SUBJECT_ALTERNATIVE_NAME)
    odd = (one.oid == oids.NAME_CONSTRAINTS or (one.critical and one.oid not in known) for one in certificate.extensions)
    return not any(odd)


def issued(issuer: x509.Certificate, subject: x509.Certificate, below: int) -> bool:
    """Whether one issued the other, with so many authorities below it already."""
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not constraints.ca or (constraints.path_length is not None and below > constraints.path_length):
            return False
        usage = [one.value for one in issuer.extensions if one.oid == x509.oid.ExtensionOID.KEY_USAGE]
        if not all(one.key_cert_sign for one in usage):
            return False
        subject.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, ValueError, TypeError, InvalidSignature):
        return False
    return True
