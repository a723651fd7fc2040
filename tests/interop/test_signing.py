"""Detached signatures, ours judged by the libraries of participants, and theirs by us, as docs/signing.md has it."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from desk import AGREEMENTS, ALTERED, Agreement, Desk
from libraries import LIBRARIES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "signing.md"
# What the document says of a library and a profile: how it signs, and how it verifies.
PHRASES = {
    "signs and verifies": ("signs", "verifies"),
    "signs base64url instead; refuses ours": ("encodes", "refuses"),
    "verifies; refuses to sign": ("refuses", "verifies"),
    "refuses both": ("refuses", "refuses"),
}
UNKNOWN_CRIT = Agreement("bound", "RS256")
# joserfc would have it named Ed25519, which no profile does.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")


def table() -> list[list[str]]:
    section = DOCUMENT.read_text().split("## Beside other libraries")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows]


HEADS, _, *ROWS = table()


def documented(library: str, agreement: Agreement) -> tuple[str, str]:
    row = next(row for row in ROWS if row[0] == library)
    if agreement.alg not in row[1].split(", "):
        return "refuses", "refuses"
    column = next(n for n, head in enumerate(HEADS) if f"`{agreement.profile}`" in head)
    # With crit a library has all that RFC 7797 asks for.
    return ("signs", "verifies") if agreement.with_crit else PHRASES[row[column]]


@dataclass
class Outcomes:
    """What one library made of everything, and of which signatures of ours."""

    of_library: str
    desk: Desk
    signed: dict[Agreement, dict]
    verified: dict[Agreement, dict]
    verified_altered: dict[Agreement, dict]
    unknown_crit: dict


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="session")
def ours(desk: Desk) -> dict[Agreement, str]:
    return {agreement: desk.sign(agreement) for agreement in AGREEMENTS}


@pytest.fixture(scope="session", params=LIBRARIES)
def outcomes(request: pytest.FixtureRequest, desk: Desk, ours: dict[Agreement, str]) -> Outcomes:
    """All at once, since a virtual machine takes its time to start."""
    tasks = [desk.task(a) for a in AGREEMENTS]
    tasks += [desk.task(a, ours[a]) for a in AGREEMENTS]
    tasks += [desk.task(a, ours[a], ALTERED) for a in AGREEMENTS]
    tasks += [desk.task(UNKNOWN_CRIT, ours[UNKNOWN_CRIT]) | {"understood": []}]
    done = LIBRARIES[request.param](tasks)
    many = len(AGREEMENTS)
    parts = [dict(zip(AGREEMENTS, done[at : at + many], strict=True)) for at in (0, many, 2 * many)]
    return Outcomes(request.param, desk, *parts, unknown_crit=done[-1])


def test_the_document_lists_the_libraries_and_profiles_that_are_tested() -> None:
    assert [row[0] for row in ROWS] == list(LIBRARIES)
    assert {a.profile for a in AGREEMENTS} == set("".join(HEADS).split("`")[1::2])


# We send no crit where the profile leaves that open.
@pytest.mark.parametrize("agreement", [a for a in AGREEMENTS if not a.with_crit], ids=str)
def test_what_we_sign_others_find_good_and_an_altered_body_bad(outcomes: Outcomes, agreement: Agreement) -> None:
    good, altered = outcomes.verified[agreement], outcomes.verified_altered[agreement]
    if documented(outcomes.of_library, agreement)[1] == "verifies":
        assert (good, altered) == ({"valid": True}, {"valid": False})
    else:
        assert good.keys() == altered.keys() == {"refused"}, (good, altered)


@pytest.mark.parametrize("agreement", AGREEMENTS, ids=str)
def test_what_others_sign_we_find_good_and_an_altered_body_bad(outcomes: Outcomes, agreement: Agreement) -> None:
    outcome, how = outcomes.signed[agreement], documented(outcomes.of_library, agreement)[0]
    if how == "refuses":
        assert outcome.keys() == {"refused"}
        return
    assert outcome.keys() == {"signature"}, outcome
    good, altered = (outcomes.desk.judge(agreement, outcome["signature"], body) for body in ("good", "altered"))
    assert altered["code"] == "signature_invalid"
    if how == "signs":
        assert good["code"] == "ok", good
        return
    # It ignores b64 without crit: we say so.
    assert (good["code"], "base64url was signed" in good["detail"]) == ("signature_invalid", True), good


def test_a_library_refuses_what_crit_names_and_nobody_checks(outcomes: Outcomes) -> None:
    assert outcomes.unknown_crit == {"valid": False} or outcomes.unknown_crit.keys() == {"refused"}


def test_we_refuse_another_profile_than_the_one_agreed_on(outcomes: Outcomes) -> None:
    for made, agreed, code in [("strict", "encoded", "crit_unknown"), ("encoded", "strict", "crit_missing")]:
        signature = outcomes.signed[Agreement(made, "RS256")]["signature"]
        verdict = outcomes.desk.judge(Agreement(agreed, "RS256"), signature, "good")
        assert (verdict["valid"], verdict["code"]) == (False, code)
