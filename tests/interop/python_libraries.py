"""The libraries of Python: each takes a task as those of Java and Node do, and gives its outcome."""
from __future__ import annotations

import base64
import json

from joserfc import jwk as joserfc_jwk
from joserfc import jws as joserfc_jws
from joserfc.errors import BadSignatureError
from joserfc.registry import HeaderParameter
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws
from jwcrypto.common import JWSEHeaderParameter


def body_of(task: dict) -> bytes:
    return base64.urlsafe_b64decode(task["body"] + "==")


def jwcrypto(task: dict) -> dict:
    more = {n: JWSEHeaderParameter(n, True, True, None) for n in task["understood"]}
    key, body = jwcrypto_jwk.JWK(**task["key"]), body_of(task)
    try:
        if "signature" not in task:
            token = jwcrypto_jws.JWS(body, header_registry=more)
            token.allowed_algs = [task["alg"]]
            token.add_signature(key, None, json.dumps(task["header"]))
            token.detach_payload()
            return {"signature": token.serialize(compact=True)}
        token = jwcrypto_jws.JWS(header_registry=more)
        token.allowed_algs = [task["alg"]]
        token.deserialize(task["signature"])
    except Exception as refusal:
        return {"refused": str(refusal)}
    try:
        token.verify(key, detached_payload=body)
    except jwcrypto_jws.InvalidJWSSignature:
        return {"valid": False}
    return {"valid": True}


def joserfc(task: dict) -> dict:
    more = {n: HeaderParameter(n, lambda value: None) for n in task["understood"]}
    # It knows EdDSA's signatures by their newer name.
    registry = joserfc_jws.JWSRegistry(more, [task["alg"], "Ed25519"], strict_check_header=False)
    # Names as long as those of UK Open Banking don't fit into the 512 octets that it takes by itself.
    registry.max_header_length = 2048
    key, body = joserfc_jwk.import_key(task["key"]), body_of(task)
    try:
        if "signature" not in task:
            signed = joserfc_jws.serialize_compact(task["header"], body, key, registry=registry)
            return {"signature": signed if ".." in signed else joserfc_jws.detach_content(signed)}
        joserfc_jws.deserialize_compact(task["signature"], key, payload=body, registry=registry)
    except BadSignatureError:
        return {"valid": False}
    except Exception as refusal:
        return {"refused": str(refusal)}
    return {"valid": True}
