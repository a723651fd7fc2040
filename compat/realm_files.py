#!/usr/bin/env python3
"""Compare two realm files that two exports wrote, by what they mean.

    realm_files.py ONE OTHER [--masked] [--like ONE OTHER]

The order of a list doesn't count; its elements are paired by what names them. --masked compares two realms that were made
separately from one short file: what each of them makes up for itself (ids, keys, secrets, moments) becomes a placeholder.
--like names two other files: what differs between those may differ here too, at the same places. That tells what Keycloak changes
in any file it imports, its own included, from what it changed in ours.

Exit status: 0 when they mean the same, 1 when they differ.
"""
from __future__ import annotations

import argparse
import json
import sys

from normalise import UUID
from oracle import differences

NAMES = ("clientId", "username", "alias", "path", "client", "clientScope", "name", "id")  # what names an element of a list
MADE_UP = {"createdTimestamp", "createdDate", "privateKey", "certificate", "kid", "secret", "secretData", "client.secret.creation.time",
           "hashIterations", "lastUpdatedDate", "notBefore"}
ORDERED = {"authenticationExecutions", "defaultLocale"}


def meaning(v, key: str = "", masked: bool = False):
    if masked and key in MADE_UP and v is not None:
        return f"<{key}>"
    if isinstance(v, dict):
        return {k: meaning(x, k, masked) for k, x in v.items() if not (masked and k == "id")}
    if isinstance(v, str):
        if key in ("config", "jwks.string", "kc.user.profile.config", "credentialData") or v[:1] in "{[":
            try:
                return meaning(json.loads(v), key, masked)
            except ValueError:
                pass
        return UUID.sub("<uuid>", v) if masked else v
    if not isinstance(v, list):
        return v
    items = [meaning(x, "" if key in ORDERED else key, masked) for x in v]
    if key in ORDERED or not items:
        return items
    for name in NAMES:
        names = [x.get(name) for x in items if isinstance(x, dict)]
        if len(names) == len(items) and all(isinstance(n, str) for n in names) and len(set(names)) == len(names):
            return dict(zip(names, items))
    return sorted(items, key=lambda x: json.dumps(x, sort_keys=True))


def compare(one: str, other: str, masked: bool) -> list[str]:
    one, other = (meaning(json.load(open(f)), masked=masked) for f in (one, other))
    return differences(one, other)


def place(difference: str) -> str:
    """Where and how, without the values."""
    return difference.split(" (", 1)[0].split(": expected", 1)[0]


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("one")
    p.add_argument("other")
    p.add_argument("--masked", action="store_true")
    p.add_argument("--like", nargs=2)
    a = p.parse_args()
    usual = {place(d) for d in compare(*a.like, a.masked)} if a.like else set()
    found = [d for d in compare(a.one, a.other, a.masked) if place(d) not in usual]
    print("\n".join("    " + d for d in found[:60]) or "    the same")
    if len(found) > 60:
        print(f"    and {len(found) - 60} more")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
