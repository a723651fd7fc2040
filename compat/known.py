"""Known differences: what another provider does otherwise on purpose, each with its reason.

The file is a list of entries:
    {"exchange": "discovery/*", "path": "body.ciba", "reason": "…"}
        whatever differs at that path, or below it
    {"exchange": "discovery/*", "path": "body.ciba", "lacks": true, "reason": "…"}
        the member is missing; another value there still counts
    {"exchange": "discovery/*", "path": "body.grants", "lacks": ["ciba"], "reason": "…"}
        these elements of that list are missing; any other difference there still counts
`exchange` is a name or a shell pattern. An entry, or an element of `lacks`, that no longer occurs in a scenario that ran is reported,
so that the file shrinks as the provider grows.
"""
from __future__ import annotations

import fnmatch
import json


class Known:
    def __init__(self, file: str | None):
        self.rows: list[tuple[str, tuple[str, ...], str]] = []  # exchange, beginnings of the difference, how to name it
        for e in json.load(open(file)) if file else []:
            if not e.get("reason"):
                raise SystemExit(f"{file}: {e['exchange']} {e['path']}: a known difference needs its reason")
            self.rows += expand(e)
        self.used = [False] * len(self.rows)

    def covers(self, exchange: str, difference: str) -> bool:
        hits = [i for i, (pattern, beginnings, _) in enumerate(self.rows)
                if fnmatch.fnmatchcase(exchange, pattern) and difference.startswith(beginnings)]
        for i in hits:
            self.used[i] = True
        return bool(hits)

    def stale(self, scenarios: set[str]) -> list[str]:
        return [f"{pattern} {name}" for (pattern, _, name), used in zip(self.rows, self.used)
                if not used and pattern.split("/")[0] in scenarios]


def expand(e: dict) -> list[tuple[str, tuple[str, ...], str]]:
    path, lacks = e["path"], e.get("lacks")
    if lacks is None:
        return [(e["exchange"], tuple(path + end for end in ".[:"), path)]
    if lacks is True:
        return [(e["exchange"], (f"{path}: missing",), path)]
    return [(e["exchange"], (f"{path}[]: missing {json.dumps(element)}",), f"{path} lacks {element}") for element in lacks]
