"""Bundles of evidence, judged by ours and by a verifier that shares nothing with it."""
from __future__ import annotations

import base64
import copy
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "evidence"))

import verify_bundle  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    cargo = ["cargo", "run", "--quiet", "--package", "evidence", "--example", "write_bundle", "--", str(folder)]
    subprocess.run(cargo, cwd=ROOT, check=True)
    return folder


class Ours:
    """Our verifier, asked a line at a time."""

    def __init__(self, folder: Path):
        cargo = ["cargo", "run", "--quiet", "--package", "evidence", "--example", "judge_bundle"]
        self.process = subprocess.Popen(cargo, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.file, self.trust = folder / "asked.json", folder / "asked.trust"

    def judge(self, octets: bytes, trust: str, at: int) -> dict:
        self.file.write_bytes(octets)
        self.trust.write_text(trust)
        self.process.stdin.write(json.dumps({"file": str(self.file), "trust": str(self.trust), "at": at}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    ours = Ours(tmp_path_factory.mktemp("asked"))
    yield ours
    ours.process.stdin.close()
    ours.process.wait()


def sealed(bundle: dict) -> bytes:
    """The file of a bundle, with a digest that fits."""
    value = {"format": verify_bundle.FORMAT, "version": 1, "bundle": bundle}
    value["digest"] = verify_bundle.to_b64u(verify_bundle.sha256(verify_bundle.canonical(value).encode()))
    return verify_bundle.canonical(value).encode()


def judged(folder: Path, case: dict, octets: bytes | None = None) -> tuple[int, str]:
    name = case["name"]
    trust = (folder / f"{name}.trust").read_text() if case["trust"] else None
    return verify_bundle.judge(octets or (folder / f"{name}.json").read_bytes(), trust, case["at"])


def test_both_verifiers_find_the_same_of_every_bundle(folder: Path) -> None:
    cases = json.loads((folder / "cases.json").read_text())
    assert {case["status"] for case in cases} == {0, 1, 2} and len(cases) > 40
    found = {case["name"]: judged(folder, case) for case in cases}
    ours = {case["name"]: case["status"] for case in cases}
    assert {name: status for name, (status, _) in found.items()} == ours, found


def test_no_changed_bit_is_proved(folder: Path) -> None:
    cases = {case["name"]: case for case in json.loads((folder / "cases.json").read_text())}
    for name in ["good", "conversation", "range", "range-beside-others", "token"]:
        octets = (folder / f"{name}.json").read_bytes()
        assert judged(folder, cases[name])[0] == 0
        for at in range(0, len(octets), 101):
            for bit in range(8):
                other = bytearray(octets)
                other[at] ^= 1 << bit
                assert judged(folder, cases[name], bytes(other))[0] != 0, f"bit {bit} of octet {at} of {name}"


def test_its_command_tells_by_its_exit_status(folder: Path) -> None:
    script = str(ROOT / "tests" / "evidence" / "verify_bundle.py")
    at = json.loads((folder / "cases.json").read_text())[0]["at"]
    good, trust = str(folder / "good.json"), f"--trust={folder / 'good.trust'}"
    for arguments, status in [((good, trust, f"--at={at}"), 0), ((good,), 1), ((str(folder / "empty.json"),), 2)]:
        assert subprocess.run([sys.executable, script, *arguments], capture_output=True, check=False).returncode == status


def test_a_comment_that_could_be_meant_as_a_line_of_ours_is_refused_by_both() -> None:
    cases = json.loads((ROOT / "tests" / "evidence" / "policy_comments.json").read_text())
    for slip in cases["slips"]:
        with pytest.raises(verify_bundle.Refuted):
            verify_bundle.Policy(f"quorum none\n{slip}\n")
    for comment in cases["comments"]:
        assert verify_bundle.Policy(f"quorum none\n{comment}\n").quorum == "none", comment
    with pytest.raises(verify_bundle.Refuted):
        verify_bundle.Policy("quorum none\n#" + " " * (256 << 10))


def test_what_is_too_long_or_of_too_many_values_is_not_read() -> None:
    listed = lambda count: b"[" + b",".join([b"0"] * count) + b"]"  # noqa: E731
    most = verify_bundle.MOST_VALUES
    for octets, why in [
        (b" " * (verify_bundle.LONGEST + 1), "longer than"),
        (listed(most), "of more than"),
        (listed(most - 1), "no digest"),
    ]:
        status, told = verify_bundle.judge(octets, None, 0)
        assert status == 2 and why in told, told

    def count(value: object) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return 1 + sum(map(count, inner))

    texts = [r'"a:\"[{1"', "[]", '{"a":1,"b":[true,null,-1]}', '{"a":"b","c":{}}', '{ "a" : "b" }', r'["x\\",{"[":"]"}]']
    for text in texts:
        assert verify_bundle.values(text.encode()) == count(json.loads(text)), text


def paths(value: object, path: tuple = ()) -> Iterator[tuple]:
    """Ways to all that a bundle consists of."""
    yield path
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(item, (*path, name))


def altered(bundle: dict, chance: random.Random) -> dict:
    """The bundle with one thing changed: removed, doubled, or another value."""
    bundle = copy.deepcopy(bundle)
    *way, last = chance.choice([path for path in paths(bundle) if path])
    holder = bundle
    for name in way:
        holder = holder[name]
    value = holder[last]
    what = chance.choice(["remove", "double", "change", "change"])
    if what == "remove":
        del holder[last]
    elif what == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(value))
    elif isinstance(value, str) and value:
        at = chance.randrange(len(value))
        holder[last] = value[:at] + chance.choice("AQgw019-_") + value[at + 1 :]
    elif isinstance(value, int):
        holder[last] = chance.choice([0, value + 1, value - 1, 1 << 40, str(value)])
    elif isinstance(value, list):
        chance.shuffle(value)
    return bundle


def test_both_find_the_same_of_what_was_altered_and_sealed_anew(folder: Path, ours: Ours) -> None:
    chance = random.Random(7)
    for name in ("conversation", "range", "range-beside-others", "ocen", "token"):
        case = next(case for case in json.loads((folder / "cases.json").read_text()) if case["name"] == name)
        trust, bundle = (folder / f"{name}.trust").read_text(), verify_bundle.read((folder / f"{name}.json").read_bytes())
        for _ in range(150):
            octets = sealed(altered(bundle, chance))
            status, why = verify_bundle.judge(octets, trust, case["at"])
            report = ours.judge(octets, trust, case["at"])
            assert (status == 0) == (report["outcome"] == "proved"), (why, report["notProved"], octets)


def test_a_timestamp_of_an_aged_authority_counts_where_times_show_that_it_was_there_before() -> None:
    def settled(aged: list[tuple[int, bytes, int, int]]) -> list[tuple[int, int]]:
        judge = verify_bundle.Judge({}, None, 0)
        # A head of 20 leaves was there at 1000; entries at 5 and 15 hold the two timestamps.
        judge.before, judge.tokens = [(20, 1000)], [(5, b"first"), (15, b"second")]
        judge.aged = [(at, token, judge.before, (size, seconds)) for at, token, size, seconds in aged]
        judge.settle()
        return judge.before[1:]

    assert settled([(1001, b"first", 4, 300)]) == [(4, 300)]
    assert settled([(1000, b"first", 4, 300)]) == settled([(1001, b"elsewhere", 4, 300)]) == []
    # The second renews the first, and is itself renewed.
    assert settled([(700, b"first", 4, 300), (1001, b"second", 10, 600)]) == [(10, 600), (4, 300)]
    assert settled([(700, b"first", 4, 300), (900, b"second", 10, 600)]) == []


AUTHORITY = """[t]
serial = serial
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = sha256
clock_precision_digits = 3
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[authority]
basicConstraints = CA:FALSE
extendedKeyUsage = critical,timeStamping
"""


class Clock:
    """OpenSSL as a timestamp authority under a root of its own."""

    def __init__(self, folder: Path, key: list[str], digest: str):
        self.folder = folder
        (folder / "ts.cnf").write_text(AUTHORITY.format(digest=digest))
        (folder / "serial").write_text("01")
        ca = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
        self.run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=r", *ca)
        self.run("req", "-newkey", *key, "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Clock")
        sign = ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-extfile", "ts.cnf", "-extensions", "authority"]
        self.run("x509", "-req", "-in", "tsa.csr", "-out", "tsa.pem", "-days", "30", *sign)
        self.run("x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")
        self.line = f"#countersign tsa clock {base64.b64encode((folder / 'root.der').read_bytes()).decode()}\n"

    def run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def stamp(self, octets: bytes) -> str:
        (self.folder / "data").write_bytes(octets)
        self.run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        signer = ["-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "root.pem"]
        self.run("ts", "-reply", "-config", "ts.cnf", "-section", "t", "-queryfile", "query", *signer, "-token_out", "-out", "token")
        return verify_bundle.to_b64u((self.folder / "token").read_bytes())


CURVES = ("P-256", "P-384", "P-521")
RSA, P256, P384, P521 = ["rsa:2048"], *(["ec", "-pkeyopt", f"ec_paramgen_curve:{curve}"] for curve in CURVES)
# By key and digest, and whether both take it.
STAMPS = {
    "RSA-SHA-256": (RSA, "sha256", True),
    "RSA-SHA-384": (RSA, "sha384", True),
    "RSA-SHA-512": (RSA, "sha512", True),
    "P-256-SHA-256": (P256, "sha256", True),
    "P-384-SHA-384": (P384, "sha384", True),
    "P-384-SHA-512": (P384, "sha512", True),
    "P-521-SHA-512": (P521, "sha512", True),
    "P-256-SHA-1": (P256, "sha1", False),
    "RSA-SHA-1": (RSA, "sha1", False),
}


@pytest.mark.parametrize("name", STAMPS)
def test_a_timestamp_of_openssl_is_an_outside_time_to_both(folder: Path, ours: Ours, tmp_path: Path, name: str) -> None:
    if not shutil.which("openssl"):
        pytest.skip("OpenSSL is not installed")
    key, digest, counts = STAMPS[name]
    clock, at = Clock(tmp_path, key, digest), round(time.time() * 1000)
    # Under this trust no witness counts, so there is no outside time but the authority's.
    trust = (folder / "no-outside-time.trust").read_text()
    bundle = verify_bundle.read((folder / "no-outside-time.json").read_bytes())
    del bundle["times"]
    text = bundle["checkpoints"][-1]["note"].rpartition("\n\n")[0] + "\n"

    def found(stamped: bytes, trust: str) -> tuple[bool, bool, dict]:
        bundle["checkpoints"][-1]["timestamps"] = [clock.stamp(stamped)]
        report = ours.judge(sealed(bundle), trust, at)
        status, _ = verify_bundle.judge(sealed(bundle), trust, at)
        return status == 0, report["outcome"] == "proved", report

    theirs, own, report = found(text.encode(), trust + clock.line)
    assert (theirs, own) == (counts, counts), report
    assert not counts or any("the timestamp authority clock" in finding["text"] for finding in report["proved"])
    assert found(text.encode(), trust)[:2] == (False, False)
    assert found(b"something else", trust + clock.line)[:2] == (False, False)
