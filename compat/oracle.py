#!/usr/bin/env python3
"""Record what an OpenID provider answers, and compare another provider with the recording.

    oracle.py record  --base http://127.0.0.1:8080 --out recordings/keycloak-26.7.4
    oracle.py compare --base http://127.0.0.1:9090 --against recordings/keycloak-26.7.4 [--scenarios discovery,refresh]
                      [--known known-differences.json] [-v]
    oracle.py list

Both drive the scenarios of scenarios.py against a live server through its public HTTP interface, as an administrator and as
clients would. What changes from run to run is replaced by a placeholder, so two runs against one server record the same, and a
difference between two servers is a difference in behaviour. Signatures, lifetimes, hashes and identities are checked on the way
(normalise.py); pages are read by HTML's rules (browser.py).

A file of known differences (known.py says its form) names what may differ, and why; one that no longer occurs is itself a failure.
The table at the end has a row per scenario: its exchanges, those that agree in full, and those that agree but for known differences.

Exit status of compare: 0 when every exchange agrees, 1 when some differ, 2 when it could not run.
Needs: requests, cryptography, beautifulsoup4, html5lib.
"""
from __future__ import annotations

import argparse
import collections
import importlib
import json
import os
import sys
import time
import traceback
import urllib.parse as up

import requests

import browser
from browser import Page
from known import Known
from normalise import Normaliser

HEADERS = (
    "content-type", "cache-control", "pragma", "www-authenticate", "location", "allow", "access-control-allow-origin",
    "access-control-allow-methods", "access-control-allow-credentials", "access-control-allow-headers", "access-control-expose-headers",
    "x-frame-options", "content-security-policy", "x-content-type-options", "referrer-policy", "strict-transport-security",
    "x-robots-tag", "dpop-nonce",
)


class Oracle:
    """One run: the scenarios' hands. Every call() is recorded under a name."""

    def __init__(self, base: str, admin_user: str, admin_password: str):
        self.base = base.rstrip("/")
        self.norm = Normaliser(self.base)
        self.admin_user, self.admin_password = admin_user, admin_password
        self.exchanges: dict[str, dict] = {}
        self.scenario = ""
        self.browser = browser.new()
        self._admin = (0.0, "")

    def run(self, scenario) -> str:
        """Run one scenario; what stopped it, or nothing."""
        self.scenario = scenario.__name__
        self.norm.new_scenario()
        try:
            scenario(self)
        except requests.ConnectionError:
            raise
        except Exception as e:  # a scenario that can't go on is a finding, not the end of the run
            self.trace = traceback.format_exc()
            return f"{type(e).__name__}: {e}"
        return ""

    # -- transport -------------------------------------------------------------------------------
    def url(self, path: str) -> str:
        return path if path.startswith("http") else self.base + path

    def raw(self, method: str, path: str, **kw) -> requests.Response:
        kw.setdefault("allow_redirects", False)
        kw.setdefault("timeout", 60)
        return requests.request(method, self.url(path), **kw)

    def call(self, name: str, method: str, path: str, *, session: requests.Session | None = None, body: str = "full",
             ordered: bool = False, **kw) -> requests.Response:
        """Send a request and record the answer. body: 'full', 'shape' (types only) or 'none'; ordered: a list's order counts."""
        kw.setdefault("allow_redirects", False)
        kw.setdefault("timeout", 60)
        r = (session or requests).request(method, self.url(path), **kw)
        self.exchanges[f"{self.scenario}/{name}"] = self.record(method, path, r, body, ordered)
        return r

    def record(self, method: str, path: str, r: requests.Response, body: str, ordered: bool) -> dict:
        heads = {h: self.norm.header(h, r.headers[h]) for h in HEADERS if h in r.headers}
        if "content-type" in heads:
            heads["content-type"] = heads["content-type"].lower().replace(" ", "").split(";charset")[0]
        out = {"request": f"{method} {self.norm.text(path.split('?')[0])}", "status": r.status_code, "headers": heads}
        cookies = self.norm.cookies(r.raw.headers.getlist("Set-Cookie"))
        if cookies:
            out["cookies"] = cookies
        out["body"] = self.body(r, heads.get("content-type", ""), body, ordered)
        return out

    def body(self, r: requests.Response, kind: str, how: str, ordered: bool):
        if not r.content:
            return "<empty>"
        if how == "none":
            return "<not compared>"
        if "json" in kind:
            v = self.norm.value(r.json(), ordered=ordered)
            return shape(v) if how == "shape" else v
        if "html" in kind:
            page = Page(r.text)
            return {"title": page.title, "messages": page.messages, "forms": [self.form(r, f) for f in page.forms]}
        if "jwt" in kind:
            return self.norm.value(r.text.strip())
        return self.norm.text(r.text[:2000])

    def form(self, r: requests.Response, f) -> dict:
        target = up.urljoin(r.url, f.action)
        out = {"id": f.id, "method": f.method, "action": self.norm.location(target), "fields": sorted(f"{n}:{kind}" for n, kind, _, _ in f.controls)}
        if not target.startswith(self.base):  # a form that carries an answer to a client: its values are the answer
            out["values"] = self.norm.parameters({n: v for n, kind, v, _ in f.controls if kind == "hidden"})
        return out

    # -- the administrator -----------------------------------------------------------------------
    def admin_token(self) -> str:
        if time.time() - self._admin[0] > 30:
            r = self.raw("POST", "/realms/master/protocol/openid-connect/token",
                         data={"grant_type": "password", "client_id": "admin-cli",
                               "username": self.admin_user, "password": self.admin_password})
            r.raise_for_status()
            self._admin = (time.time(), r.json()["access_token"])
        return self._admin[1]

    def bearer(self) -> dict:
        return {"Authorization": "Bearer " + self.admin_token()}

    def admin(self, name: str, method: str, path: str, *, body: str = "full", **kw) -> requests.Response:
        return self.call(name, method, "/admin/realms" + path, headers=self.bearer(), body=body, **kw)

    def admin_raw(self, method: str, path: str, **kw) -> requests.Response:
        return self.raw(method, "/admin/realms" + path, headers=self.bearer(), **kw)

    def fresh_realm(self, rep: dict) -> None:
        self.admin_raw("DELETE", "/" + rep["realm"])
        r = self.admin_raw("POST", "", json=rep)
        if r.status_code >= 300:
            raise RuntimeError(f"import of realm {rep['realm']}: {r.status_code} {r.text[:300]}")

    # -- a browser -------------------------------------------------------------------------------
    def new_browser(self) -> requests.Session:
        self.browser = browser.new()
        return self.browser

    def visit(self, name: str, url: str, **kw) -> requests.Response:
        return self.call(name, "GET", url, session=self.browser, **kw)

    def submit(self, name: str, page: requests.Response, fields: dict, wanted: str | None = None, **kw) -> requests.Response:
        f = Page(page.text).form(wanted or (next(iter(fields)) if fields else None))
        where = {"params" if f.method == "get" else "data": f.filled(fields)}
        return self.call(name, f.method.upper(), up.urljoin(page.url, f.action), session=self.browser, **where, **kw)

    def through(self, name: str, page: requests.Response, answers: list[dict]) -> requests.Response:
        """Follow redirects that stay on the server and fill in the pages met with the answers, in their order."""
        answers = list(answers)
        for n in range(12):
            target = page.headers.get("location", "")
            if page.status_code in (302, 303):
                if not up.urljoin(page.url, target).startswith(self.base):
                    return page
                page = self.visit(f"{name}.{n}", up.urljoin(page.url, target))
            elif page.status_code == 200 and answers:
                page = self.submit(f"{name}.{n}", page, answers.pop(0))
            else:
                return page
        return page

    def authorize_url(self, realm: str, client: str, redirect: str, **params) -> str:
        q = {"client_id": client, "redirect_uri": redirect, "response_type": "code", "scope": "openid", "state": "s-1"}
        q.update(params)
        return f"/realms/{realm}/protocol/openid-connect/auth?" + up.urlencode({k: v for k, v in q.items() if v is not None})

    def login(self, name: str, realm: str, client: str, redirect: str, user: str, password: str, **params) -> str:
        """Through the login page to the redirect; the parameters that came back with it."""
        page = self.visit(name + ".page", self.authorize_url(realm, client, redirect, **params))
        done = self.submit(name + ".submit", page, {"username": user, "password": password}) if page.status_code == 200 else page
        loc = up.urlsplit(done.headers.get("location", ""))
        return dict(up.parse_qsl(loc.query or loc.fragment))


def shape(v):
    if isinstance(v, dict):
        return {k: shape(x) for k, x in v.items()}
    if isinstance(v, list):
        seen = []
        for x in v:
            s = shape(x)
            if s not in seen:
                seen.append(s)
        return seen
    return f"<{type(v).__name__}>"


def differences(want, got, at="") -> list[str]:
    if isinstance(want, dict) and isinstance(got, dict):
        out = []
        for k in sorted(set(want) | set(got)):
            here = f"{at}.{k}" if at else str(k)
            if k not in got:
                out.append(f"{here}: missing (expected {short(want[k])})")
            elif k not in want:
                out.append(f"{here}: not expected (got {short(got[k])})")
            else:
                out += differences(want[k], got[k], here)
        return out
    if isinstance(want, list) and isinstance(got, list):
        w, g = (collections.Counter(json.dumps(x, sort_keys=True) for x in side) for side in (want, got))
        out = [f"{at}[]: missing {short(x)}" for x in (w - g).elements()] + [f"{at}[]: not expected {short(x)}" for x in (g - w).elements()]
        return out or ([] if want == got else [f"{at}: the same in another order"])
    return [] if want == got and type(want) is type(got) else [f"{at}: expected {short(want)}, got {short(got)}"]


def short(v) -> str:
    s = v if isinstance(v, str) else json.dumps(v, sort_keys=True)
    return s if len(s) <= 160 else s[:157] + "..."


def load(scenarios: str, only: str | None) -> list:
    sys.path.insert(0, os.path.dirname(os.path.abspath(scenarios)))
    every = importlib.import_module(os.path.splitext(os.path.basename(scenarios))[0]).SCENARIOS
    if not only:
        return every
    wanted = only.split(",")
    unknown = set(wanted) - {f.__name__ for f in every}
    if unknown:
        raise SystemExit(f"no such scenario: {', '.join(sorted(unknown))}")
    return [f for f in every if f.__name__ in wanted]


def record(o: Oracle, out: str, whole: list[str]) -> int:
    """Write the scenarios that ran to their end; a stump never replaces a good recording."""
    os.makedirs(out, exist_ok=True)
    by: dict[str, dict] = {}
    for k, v in o.exchanges.items():
        if k.split("/")[0] in whole:
            by.setdefault(k.split("/")[0], {})[k.split("/", 1)[1]] = v
    for s, ex in by.items():
        with open(os.path.join(out, s + ".json"), "w") as f:
            json.dump(ex, f, indent=1, sort_keys=True)
            f.write("\n")
    print(f"{sum(map(len, by.values()))} exchanges in {len(by)} scenarios recorded")
    return 0


class Tally:
    """What became of one scenario's exchanges."""

    def __init__(self, name: str):
        self.name, self.total, self.full, self.known, self.status, self.stopped, self.seconds = name, 0, 0, 0, 0, "", 0.0

    @property
    def agree(self) -> int:
        return self.full + self.known


def compare(o: Oracle, ran: list[Tally], against: str, known: Known) -> int:
    for t in ran:
        with open(os.path.join(against, t.name + ".json")) as f:
            want = {f"{t.name}/{k}": v for k, v in json.load(f).items()}
        got = {k: v for k, v in o.exchanges.items() if k.startswith(t.name + "/")}
        for k in list(want) + sorted(set(got) - set(want)):
            t.total += 1
            if k not in got or k not in want:
                print(f"{'absent' if k not in got else 'not expected'}   {k}  [{(want.get(k) or got[k])['request']}]")
                continue
            t.status += want[k]["status"] == got[k]["status"]
            every = differences({x: want[k][x] for x in want[k] if x != "request"}, {x: got[k][x] for x in got[k] if x != "request"})
            found = [d for d in every if not known.covers(k, d)]
            t.full += not every
            t.known += bool(every) and not found
            if found:
                print(f"differs  {k}  [{want[k]['request']}]")
                print("\n".join("    " + d for d in found[:12]))
                if len(found) > 12:
                    print(f"    and {len(found) - 12} more")
    stale = known.stale({t.name for t in ran})
    for e in stale:
        print(f"known difference no longer there: {e}")
    table(ran)
    return 0 if all(t.agree == t.total and not t.stopped for t in ran) and not stale else 1


def table(ran: list[Tally]) -> None:
    """The last lines: a row per scenario, then the sum that other programs read."""
    wide = max(len(t.name) for t in ran)
    print(f"\n{'scenario':{wide}}  agree/total  known  status  seconds")
    for t in ran:
        note = "  stopped early" if t.stopped else "  *" if t.agree != t.total else ""
        print(f"{t.name:{wide}}  {f'{t.agree}/{t.total}':>11}  {t.known:5}  {t.status:6}  {t.seconds:7.1f}{note}")
    agree, total = sum(t.agree for t in ran), sum(t.total for t in ran)
    print(f"{agree} of {total} exchanges agree ({sum(t.known for t in ran)} but for known differences); {sum(t.status for t in ran)} of {total} in status")


def arguments() -> argparse.Namespace:
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("do", choices=["record", "compare", "list"])
    p.add_argument("--base")
    p.add_argument("--admin-user", default="admin")
    p.add_argument("--admin-password", default="admin")
    p.add_argument("--scenarios-file", default=os.path.join(here, "scenarios.py"))
    p.add_argument("--scenarios", help="names, with commas between")
    p.add_argument("--out", help="the folder that record writes to")
    p.add_argument("--against", default=os.path.join(here, "recordings", "keycloak-26.7.4"))
    p.add_argument("--known")
    p.add_argument("-v", "--verbose", action="store_true")
    args = p.parse_args()
    if args.do != "list" and not args.base:
        p.error("--base is missing")
    if args.do == "record" and not args.out:
        p.error("record needs --out")
    return args


def main() -> int:
    args = arguments()
    chosen = load(args.scenarios_file, args.scenarios)
    if args.do == "list":
        print("\n".join(f.__name__ for f in chosen))
        return 0
    o = Oracle(args.base, args.admin_user, args.admin_password)
    ran = []
    for scenario in chosen:
        t, began = Tally(scenario.__name__), time.time()
        t.stopped = o.run(scenario)
        t.seconds = time.time() - began
        ran.append(t)
        if t.stopped:
            print(f"stopped early  {t.name}: {t.stopped}")
            if args.verbose:
                print(o.trace)
    if args.do == "record":
        whole = [t.name for t in ran if not t.stopped]
        return record(o, args.out, whole) or (0 if len(whole) == len(ran) else 1)
    return compare(o, ran, args.against, Known(args.known))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except requests.ConnectionError as e:
        print(f"could not reach the server: {e}", file=sys.stderr)
        sys.exit(2)
