#!/usr/bin/env python3
"""Load several providers with the same work, in turn, and print what each operation costs.

    bench.py --server NAME=BASE,PID [--server NAME=BASE,PID ...] [--work client_credentials,refresh,...]
             [--seconds 8] [--rounds 3] [--connections 16] [--warmup 4] [--import] [--json FILE]

Servers speak Keycloak's paths and hold the realms ocen and cochrane of ../compat/realms.py (--import creates them
through the Admin API first, as admin/admin). The servers take turns, round by round, on the same machine as the load:
absolute rates hold for that machine alone, so read the ratios. 'cpu us/op' is the server process's own CPU time
(/proc/PID/stat, all threads) per successful answer, and does not depend on how fast the load generator is.

Every answer is read for what it must say (MARK), not for its status alone: one that says something else counts as failed.

Needs: wrk (Debian), python requests and cryptography.
"""
import argparse
import base64
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "compat"))
import requests  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
BAZAAR = ("loan-agent-bazaar", "bazaar-secret-for-tests")
ELLIPTIC = ("bench-es256", "bench-secret-for-tests")  # made by --import: as the loan agent, with ES256 tokens
ARCHIE = ("archie", "archie-secret-for-tests")
READERS = 64  # a provider may refuse two log-ins of one user at the same time, as protection against guessing

# What an answer must hold, for each kind of work; written without a space after the colon.
MARK = {
    "client_credentials": '"access_token":"ey', "client_credentials_es256": '"access_token":"ey', "password": '"refresh_token":"ey',
    "refresh": '"id_token":"ey', "introspect": '"active":true', "introspect_many": '"active":true',
    "userinfo": '"preferred_username":"miriam"', "certs": '"kid"', "discovery": '"token_endpoint"', "login_page": "kc-form-login",
}
STORM = "introspect_in_storm"  # introspection while others log in by password as fast as they can


def cpu_seconds(pid: int) -> float:
    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) / TICK


def rss_mib(pid: int) -> float:
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


# -- the work --------------------------------------------------------------------------------------------------------------

def ask(base, realm, client, **data):
    r = requests.post(f"{base}/realms/{realm}/protocol/openid-connect/token", auth=client, data=data, timeout=60)
    r.raise_for_status()
    return r.json()


def log_in(base):
    return ask(base, "cochrane", ARCHIE, grant_type="password", username="miriam", password="miriam-password", scope="openid")


def basic(c):
    return "Basic " + base64.b64encode(f"{c[0]}:{c[1]}".encode()).decode()


def work(name, base):
    """The requests of one kind of work: (method, path, headers, bodies)."""
    oidc = "/realms/{}/protocol/openid-connect/"

    def post(realm, what, client, bodies):
        return "POST", oidc.format(realm) + what, {"Content-Type": "application/x-www-form-urlencoded", "Authorization": basic(client)}, bodies

    if name == "client_credentials":
        return post("ocen", "token", BAZAAR, ["grant_type=client_credentials"])
    if name == "client_credentials_es256":
        return post("ocen", "token", ELLIPTIC, ["grant_type=client_credentials"])
    if name == "password":
        return post("cochrane", "token", ARCHIE,
                    [f"grant_type=password&username=reader-{n}&password=reader-password-{n}&scope=openid" for n in range(READERS)])
    if name == "refresh":
        return post("cochrane", "token", ARCHIE, ["grant_type=refresh_token&refresh_token=" + log_in(base)["refresh_token"] for _ in range(32)])
    if name in ("introspect", STORM):
        return post("cochrane", "token/introspect", ARCHIE, ["token=" + log_in(base)["access_token"]])
    if name == "introspect_many":
        r = log_in(base)["refresh_token"]
        ts = [ask(base, "cochrane", ARCHIE, grant_type="refresh_token", refresh_token=r)["access_token"] for _ in range(1000)]
        return post("cochrane", "token/introspect", ARCHIE, ["token=" + x for x in ts])
    if name == "userinfo":
        return "GET", oidc.format("cochrane") + "userinfo", {"Authorization": "Bearer " + log_in(base)["access_token"]}, [""]
    if name == "certs":
        return "GET", oidc.format("cochrane") + "certs", {}, [""]
    if name == "discovery":
        return "GET", "/realms/cochrane/.well-known/openid-configuration", {}, [""]
    if name == "login_page":
        return "GET", oidc.format("cochrane") + "auth?client_id=archie&response_type=code&scope=openid&redirect_uri=http://127.0.0.1:7777/archie/cb", {}, [""]
    raise SystemExit(f"no such work: {name}")


def checked(name, base, spec):
    """The work, once its answer was seen to be the one meant, with the mark as this provider writes it."""
    method, path, headers, bodies = spec
    mark = MARK[name]
    for body in (bodies[0], bodies[-1]):
        r = requests.request(method, base + path, headers=headers, data=body or None, timeout=60)
        marks = [m for m in (mark, mark.replace('":', '": ')) if m in r.text]
        if r.status_code != 200 or not marks:
            raise SystemExit(f"{name} at {base}: not the answer meant: {r.status_code} {r.text[:200]}")
    if name.endswith("es256") and json.loads(base64.urlsafe_b64decode(r.json()["access_token"].split(".")[0] + "=="))["alg"] != "ES256":
        raise SystemExit(f"{name} at {base}: the token is not signed with ES256")
    return (*spec, marks[0])


# -- the load --------------------------------------------------------------------------------------------------------------

LUA = """
local bodies = {%s}
local heads = {%s}
local n = 0
local threads = {}
wrong = 0
function setup(thread) table.insert(threads, thread) end
function request() n = n + 1; return wrk.format(%s, %s, heads, bodies[n %% #bodies + 1]) end
function response(status, headers, body)
  if status == 200 and not string.find(body, %s, 1, true) then wrong = wrong + 1 end
end
function done(s, l, r)
  local w = 0
  for _, thread in ipairs(threads) do w = w + thread:get("wrong") end
  io.write(string.format('RESULT %%d %%d %%d %%d %%d %%d\\n', s.requests, s.errors.status + w,
    s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout, s.duration, l:percentile(50), l:percentile(99)))
end
"""


def lua(method, path, headers, bodies, mark) -> str:
    q = json.dumps
    return LUA % (", ".join(map(q, bodies)), ", ".join(f"[{q(k)}]={q(v)}" for k, v in headers.items()), q(method), q(path), q(mark))


def wrk(base, spec, seconds, connections) -> subprocess.Popen:
    f = tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False)
    with f:
        f.write(lua(*spec))
    p = subprocess.Popen(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", f.name, base],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    p.script = f.name
    return p


def result(p: subprocess.Popen) -> list[int]:
    out = p.communicate()[0]
    os.unlink(p.script)
    m = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", out)
    if not m:
        raise SystemExit("wrk said:\n" + out)
    return list(map(int, m.groups()))


def load(base, pid, spec, seconds, connections, beside=None):
    """One round; `beside` is work that goes on during it and isn't counted."""
    other = wrk(base, beside, seconds + 1, connections) if beside else None
    if other:
        time.sleep(0.5)
    c0 = cpu_seconds(pid)
    n, bad, broken, us, p50, p99 = result(wrk(base, spec, seconds, 4 if beside else connections))
    c1 = cpu_seconds(pid)
    if other:
        result(other)
    good = max(n - bad, 1)
    return {"rate": good / (us / 1e6), "cpu": (c1 - c0) * 1e6 / good, "p50": p50 / 1000, "p99": p99 / 1000, "failed": bad + broken}


# -- the run ---------------------------------------------------------------------------------------------------------------

def bring_realms(base):
    import oracle
    import realms
    o = oracle.Oracle(base, "admin", "admin")
    o.fresh_realm(realms.OCEN)
    o.fresh_realm(realms.COCHRANE)
    agent = next(c for c in realms.OCEN["clients"] if c["clientId"] == BAZAAR[0])
    o.admin_raw("POST", "/ocen/clients", json={**agent, "clientId": ELLIPTIC[0], "secret": ELLIPTIC[1], "attributes": {
        **agent["attributes"], "access.token.signed.response.alg": "ES256"}}).raise_for_status()
    for n in range(READERS):
        o.admin_raw("POST", "/cochrane/users", json={
            "username": f"reader-{n}", "enabled": True, "email": f"reader-{n}@reviews.example", "firstName": "Reader", "lastName": str(n),
            "emailVerified": True, "credentials": [{"type": "password", "value": f"reader-password-{n}"}]}).raise_for_status()


def measure(w, servers, a) -> dict[str, dict]:
    """The medians of this work's rounds, by server."""
    kind = "introspect" if w == STORM else w
    specs = {name: checked(kind, base, work(w, base)) for name, base, _ in servers}
    beside = {name: checked("password", base, work("password", base)) if w == STORM else None for name, base, _ in servers}
    rows = {name: [] for name, _, _ in servers}
    for name, base, pid in servers:
        if a.warmup:
            load(base, pid, specs[name], a.warmup, a.connections)
    for _ in range(a.rounds):
        for name, base, pid in servers:
            rows[name].append(load(base, pid, specs[name], a.seconds, a.connections, beside[name]))
            time.sleep(0.2)
    return {name: {k: sum(r[k] for r in rs) if k == "failed" else statistics.median(r[k] for r in rs) for k in rs[0]} for name, rs in rows.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--server", action="append", required=True)
    p.add_argument("--work", default=",".join([*MARK, STORM]))
    p.add_argument("--seconds", type=int, default=8)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--connections", type=int, default=16)
    p.add_argument("--warmup", type=int, default=4)
    p.add_argument("--import", dest="imp", action="store_true")
    p.add_argument("--json", help="write the figures to this file as well")
    a = p.parse_args()
    servers = []
    for s in a.server:
        name, rest = s.split("=", 1)
        base, pid = rest.rsplit(",", 1)
        servers.append((name, base.rstrip("/"), int(pid)))
    figures = {"resident before": {name: rss_mib(pid) for name, _, pid in servers}, "work": {}, "seconds": a.seconds, "rounds": a.rounds,
               "connections": a.connections, "warmup": a.warmup}
    if a.imp:
        for _, base, _ in servers:
            bring_realms(base)
    for w in a.work.split(","):
        medians = figures["work"][w] = measure(w, servers, a)
        first = next(iter(medians.values()))
        for name, m in medians.items():
            print(f"{w:24} {name:20} {m['rate']:9.0f} op/s  cpu {m['cpu']:9.1f} us/op  p50 {m['p50']:8.2f} ms  p99 {m['p99']:8.2f} ms"
                  f"  failed {m['failed']}  cpu ratio to first {m['cpu'] / max(first['cpu'], 1e-9):.1f}", flush=True)
    figures["resident after"] = {name: rss_mib(pid) for name, _, pid in servers}
    for name, _, _ in servers:
        print(f"{name}: resident {figures['resident before'][name]:.0f} MiB before the load, {figures['resident after'][name]:.0f} MiB after it")
    if a.json:
        with open(a.json, "w") as f:
            json.dump(figures, f, indent=1)


if __name__ == "__main__":
    main()
