#!/usr/bin/env python3
"""Measure what signed messages cost at a server: verdicts with evidence, checks, proofs, and a gateway before a service.

    network.py --server NAME=BASE,PID [--server ...] [--work verify,check,proof,gateway] [--gateway COUNTERSIGN]
               [--seconds 4] [--rounds 3] [--json FILE] [--keep FILE] [--kept FILE]

The servers are this one's, started with durable commits; an administrator admin/admin makes the realm `bench-network` with a
sender who signs RS256 (profile ocen, 2 KiB bodies), a receiver who asks, and one more whose messages a ledger can be filled with.
`cargo xtask bench` starts them and writes what this finds.

Messages are signed before the load, so that their cost is not in it, and none is sent twice: the same again is a replay, which
costs more. --keep FILE writes what a later call needs with --kept FILE, for servers that were started anew meanwhile, or whose
ledgers were filled (crates/countersign/examples/fill_ledger.rs, whose ids `ids` in that file takes). The work `proof` asks again and
again for the newest 4,000 messages, `proof_spread` for 4,000 entries all over the ledger, `proof_cold` for each entry once, of
servers that were just started. The work `gateway` puts COUNTERSIGN's gateway before
a small service of its own, and measures the gateway's process: a message checked, on record at the server, passed on, and the
reply signed by ES256. CPU is the server process's own, sequencing and search included, per successful answer; every answer is
read for what it must say.

Needs: wrk (Debian), python requests and cryptography.
"""
import argparse
import asyncio
import base64
import json
import multiprocessing
import os
import random
import re
import socket
import statistics
import subprocess
import tempfile
import time

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from bench import cpu_seconds, result, rss_mib

REALM = "bench-network"
BODY = 2048
SPREAD = 4000  # entries that proofs are asked for again and again
LUA = """
local messages = {}
for line in io.lines(%s) do
  local at = string.find(line, "\\t", 1, true)
  messages[#messages + 1] = {string.sub(line, 1, at - 1), string.sub(line, at + 1)}
end
local heads = {%s}
local n = %d
local threads = {}
wrong = 0
function setup(thread) table.insert(threads, thread) end
function request()
  n = n + 1
  local m = messages[n %% #messages + 1]
  if %s then return wrk.format("GET", m[1], heads) end
  heads["x-jws-signature"] = m[1]
  return wrk.format("POST", %s, heads, m[2])
end
function response(status, headers, body)
  if status ~= 200 or not string.find(body, %s, 1, true) then wrong = wrong + 1 end
end
function done(s, l, r)
  local w = 0
  for _, thread in ipairs(threads) do w = w + thread:get("wrong") end
  io.write(string.format('RESULT %%d %%d %%d %%d %%d %%d\\n', s.requests, w,
    s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout, s.duration, l:percentile(50), l:percentile(99)))
end
"""


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def pem_of(key) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def sign_some(job) -> list[str]:
    pem, run, first, count = job
    key = serialization.load_pem_private_key(pem, None)
    head = b64(b'{"alg":"RS256","kid":"bench-1","b64":false}')
    lines = []
    for n in range(first, first + count):
        body = json.dumps({"metadata": {"requestId": f"r-{run}-{n}", "traceId": f"t-{run}-{n // 4}", "timestamp": "2026-11-26T00:00:00Z"}, "pad": ""})
        body = body[:-2] + "x" * (BODY - len(body)) + '"}'
        signature = key.sign(f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        lines.append(f"{head}..{b64(signature)}\t{body}\n")
    return lines


class Messages:
    """Signed messages, each of them made once."""

    def __init__(self, pool, pem):
        self.pool, self.pem, self.made, self.run = pool, pem, 0, f"{time.time_ns():x}"

    def some(self, count) -> str:
        """A file with so many that were in no file before."""
        steps = [(self.pem, self.run, n, min(1000, self.made + count - n)) for n in range(self.made, self.made + count, 1000)]
        self.made += count
        with tempfile.NamedTemporaryFile("w", suffix=".messages", delete=False) as f:
            for lines in self.pool.imap(sign_some, steps):
                f.writelines(lines)
        return f.name


class Network:
    """The realm at one server, with a sender's key and a receiver's token."""

    def __init__(self, base: str, pem: bytes, kept=None):
        self.base, self.realm, self.ids = base, f"{base}/realms/{REALM}", []
        if kept:
            self.sender, self.receiver, self.ids, self.own_pem = kept["sender"], kept["receiver"], kept["ids"], kept["own"].encode()
            random.Random(1).shuffle(self.ids)
            return
        self.admin = {"Authorization": "Bearer " + self.token("master", grant_type="password", client_id="admin-cli", username="admin", password="admin")}
        names = ("sender", "filler", "receiver")
        clients = [{"clientId": c, "secret": f"{c}-secret", "publicClient": False, "serviceAccountsEnabled": True, "attributes": {
            "access.token.signed.response.alg": "ES256"}} for c in names]
        self.ask("POST", "", {
            "realm": REALM, "enabled": True, "sslRequired": "none", "accessTokenLifespan": 86400, "attributes": {"countersign.participants": "true"},
            "clients": [*clients, {"clientId": "message-signing", "bearerOnly": True}],
            "roles": {"client": {"message-signing": [{"name": "verify-messages"}]}},
            "users": [{"username": f"service-account-{c}", "enabled": True, "serviceAccountClientId": c,
                "clientRoles": {"message-signing": ["verify-messages"]}} for c in names],
        })
        jwks = {"sender": rsa_jwk("bench-1", serialization.load_pem_private_key(pem, None)),
                "filler": rsa_jwk("fill-1", new_rsa()), "receiver": self.own_jwk()}
        for who in names:
            at = f"/{REALM}/participants"
            self.ask("POST", at, {"id": f"org-{who}", "participantName": who})
            self.ask("POST", f"{at}/org-{who}/roles", {"id": who, "participantRole": "LENDER", "clientId": who,
                "profile": "strict" if who == "receiver" else "ocen", "baseUrl": f"https://{who}.example"})
            self.ask("PUT", f"{at}/org-{who}/roles/{who}", {"participantRoleStatus": "APPROVED"})
            self.ask("POST", f"{at}/org-{who}/roles/{who}/keys", {"jwk": jwks[who]})
        self.receiver = self.token(REALM, grant_type="client_credentials", client_id="receiver", client_secret="receiver-secret")
        self.sender = self.token(REALM, grant_type="client_credentials", client_id="sender", client_secret="sender-secret")

    def own_jwk(self):
        key = ec.generate_private_key(ec.SECP256R1())
        self.own_pem, n = pem_of(key), key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "kid": "own-1", "x": b64(n.x.to_bytes(32, "big")), "y": b64(n.y.to_bytes(32, "big"))}

    def token(self, realm, **form):
        r = requests.post(f"{self.base}/realms/{realm}/protocol/openid-connect/token", data=form, timeout=60)
        r.raise_for_status()
        return r.json()["access_token"]

    def ask(self, method, path, body=None):
        r = requests.request(method, f"{self.base}/admin/realms{path}", json=body, headers=self.admin, timeout=60)
        if not r.ok:
            raise SystemExit(f"{path}: {r.status_code} {r.text[:300]}")

    def size(self) -> int:
        """How many entries the ledger has."""
        r = requests.get(f"{self.realm}/evidence/checkpoint", timeout=60)
        return int(r.text.split("\n")[1]) if r.ok else 0

    def spec(self, work, messages):
        heads = {"Authorization": f"Bearer {self.receiver}", "x-countersign-sender": "sender", "x-countersign-method": "POST",
                 "x-countersign-target": "/v4/loans", "Content-Type": "application/json"}
        if work.startswith("proof"):
            ids = {"proof": self.newest, "proof_spread": lambda: self.ids[:SPREAD], "proof_cold": lambda: self.ids}[work]()
            with tempfile.NamedTemporaryFile("w", suffix=".paths", delete=False) as f:
                f.writelines(f"/realms/{REALM}/evidence/entries/{i}\t\n" for i in ids)
            return f.name, {}, "GET", '"proof":"c2sp.org'
        if work == "check":
            heads["x-countersign-token"] = self.sender
            return messages, heads, f"/realms/{REALM}/signing/check", '"code":"ok"'
        return messages, heads, f"/realms/{REALM}/signing/verify", '"code":"ok"'

    def newest(self):
        pages = [requests.get(f"{self.realm}/evidence/messages?max=1000&first={first}", headers={"Authorization": f"Bearer {self.sender}"},
                              timeout=60).json() for first in range(0, 4000, 1000)]
        return [entry["entry"]["id"] for page in pages for entry in page]


class Gateway:
    """The receiver's gateway, before a service that says yes."""

    def __init__(self, binary, network):
        self.folder = tempfile.mkdtemp(prefix="gateway-")
        self.port, self.service_port = free_port(), free_port()
        self.service = multiprocessing.Process(target=say_yes, args=(self.service_port,), daemon=True)
        self.service.start()
        place = lambda name: os.path.join(self.folder, name)
        with open(place("key.pem"), "wb") as f:
            f.write(network.own_pem)
        with open(place("secret"), "w") as f:
            f.write("receiver-secret")
        with open(place("gateway.toml"), "w") as f:
            f.write(f'''
                [server]
                realm = "{network.realm}"
                client_id = "receiver"
                client_secret = {{ file = "{place("secret")}" }}
                [role]
                id = "receiver"
                origin = "https://receiver.example"
                profile = "strict"
                keys = [{{ file = "{place("key.pem")}", kid = "own-1", algorithm = "ES256" }}]
                [inbound]
                listen = "127.0.0.1:{self.port}"
                upstream = "http://127.0.0.1:{self.service_port}"
                [receipts]
                directory = "{place("receipts")}"
                ''')
        self.log = open(place("log"), "w")
        self.process = subprocess.Popen([binary, "gateway", "--config", place("gateway.toml")], stdout=self.log, stderr=self.log)
        self.base, self.pid = f"http://127.0.0.1:{self.port}", self.process.pid
        self.heads = {"Authorization": f"Bearer {network.sender}"}
        for _ in range(100):
            try:
                requests.get(self.base, timeout=5)
                return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise SystemExit(f"the gateway does not listen: {place('log')}")

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.service.terminate()


def new_rsa():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def rsa_jwk(kid, key):
    n = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": b64(n.n.to_bytes(256, "big")), "e": b64(n.e.to_bytes(3, "big"))}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def say_yes(port):
    async def answer(reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                await reader.readexactly(int(length[1]) if length else 0)
                writer.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{"ack":true}')
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve():
        await (await asyncio.start_server(answer, "127.0.0.1", port)).serve_forever()

    asyncio.run(serve())


def load(base, pid, spec, seconds, connections):
    file, heads, path, mark = spec
    q = json.dumps
    script = LUA % (q(file), ", ".join(f"[{q(k)}]={q(v)}" for k, v in heads.items()), -1, "true" if path == "GET" else "false", q(path),
                    q(mark))
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as f:
        f.write(script)
    c0 = cpu_seconds(pid)
    p = subprocess.Popen(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", f.name, base],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    p.script = f.name
    n, bad, broken, us, p50, p99 = result(p)
    c1 = cpu_seconds(pid)
    time.sleep(2)  # what is sequenced after the last answer
    c2 = cpu_seconds(pid)
    good = max(n - bad, 1)
    return {"rate": good / (us / 1e6), "cpu": (c2 - c0) * 1e6 / good, "after": (c2 - c1) * 1e6 / good, "p50": p50 / 1000, "p99": p99 / 1000,
            "failed": bad + broken, "answers": good}


def measure(work, servers, a, messages):
    """The medians of this work's rounds, by server. In a round all servers get the same messages."""
    rows = {name: [] for name, *_ in servers}
    gateways = {name: Gateway(a.gateway, network) for name, _, network in servers} if work == "gateway" else {}
    count = 8000 * a.seconds
    for _ in range(a.rounds):
        file = None if work.startswith("proof") else messages.some(count)
        for name, pid, network in servers:
            gateway = gateways.get(name)
            spec = (file, gateway.heads, "/v4/loans", '"ack":true') if gateway else network.spec(work, file)
            base, pid = (gateway.base, gateway.pid) if gateway else (network.base, pid)
            rows[name].append({**load(base, pid, spec, a.seconds, a.connections), "resident": rss_mib(pid)})
            if not file:
                os.unlink(spec[0])
        # More than were answered, so that none is sent twice.
        most = max(row["answers"] for several in rows.values() for row in several)
        if work == "proof_cold" and most > min(len(network.ids) for _, _, network in servers):
            print(f"{work}: {most} answers, some of entries asked for before: fill more", flush=True)
        if file:
            os.unlink(file)
            if most >= count:
                print(f"{work}: {most} answers to {count} messages: some were replays", flush=True)
            count = int(most * 1.5) + 1000
    for gateway in gateways.values():
        gateway.end()
    return {name: {k: sum(r[k] for r in rs) if k == "failed" else statistics.median(r[k] for r in rs) for k in rs[0]} for name, rs in rows.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--server", action="append", required=True)
    p.add_argument("--work", default="verify,check,proof")
    p.add_argument("--seconds", type=int, default=4)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--connections", type=int, default=16)
    p.add_argument("--gateway", help="the binary whose gateway is measured by the work of that name")
    p.add_argument("--json", help="write the figures to this file as well")
    p.add_argument("--keep", help="write what a later call needs of the realms to this file")
    p.add_argument("--kept", help="take the realms of an earlier call as this file names them")
    a = p.parse_args()
    kept = json.load(open(a.kept)) if a.kept else {}
    figures = {"work": {}, "seconds": a.seconds, "rounds": a.rounds, "connections": a.connections}
    with multiprocessing.Pool() as pool:
        pem = kept["pem"].encode() if kept else pem_of(new_rsa())
        messages = Messages(pool, pem)
        servers = []
        for s in a.server:
            name, rest = s.split("=", 1)
            base, pid = rest.rsplit(",", 1)
            servers.append((name, int(pid), Network(base, pem, kept[name] if kept else None)))
        for work in filter(None, a.work.split(",")):
            figures["work"][work] = measure(work, servers, a, messages)
            for name, m in figures["work"][work].items():
                print(f"{work:10} {name:20} {m['rate']:8.0f} op/s  cpu {m['cpu']:7.1f} us/op (of it {m['after']:.1f} after the load)"
                      f"  p50 {m['p50']:.2f} ms  p99 {m['p99']:.2f} ms  failed {m['failed']}  resident {m['resident']:.0f} MiB", flush=True)
        figures["entries"] = {name: network.size() for name, _, network in servers}
    keep = {name: {"sender": n.sender, "receiver": n.receiver, "own": n.own_pem.decode(), "ids": n.ids or n.newest()} for name, _, n in servers}
    for file, content in (a.json, figures), (a.keep, {**keep, "pem": pem.decode()}):
        if file:
            with open(file, "w") as f:
                json.dump(content, f, indent=1)


if __name__ == "__main__":
    main()
