"""One-time codes as an authenticator makes them [RFC6238]."""
import hashlib
import hmac
import struct
import time


def totp(secret: str, period: int = 30) -> str:
    counter = struct.pack(">Q", int(time.time()) // period)
    digest = hmac.new(secret.encode(), counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
