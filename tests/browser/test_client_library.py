"""An application built on a library of its own choice: Authlib talks the protocol, joserfc judges the tokens."""
import time

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken, UserInfo
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

PATHS = {"archie": "/archie/cb", "revman-web": "/revman/cb"}


class Client:
    """What an application's library knows: the issuer, its own name, and what discovery says."""

    def __init__(self, person, client_id: str, secret: str | None = None, **settings):
        self.person, self.client_id, self.path = person, client_id, PATHS[client_id]
        self.metadata = requests.get(f"{person.server.realm}/.well-known/openid-configuration", timeout=10).json()
        self.keys = KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=10).json())
        self.session = OAuth2Session(
            client_id,
            secret,
            redirect_uri=person.application.base + self.path,
            scope="openid profile email",
            code_challenge_method="S256",
            token_endpoint=self.metadata["token_endpoint"],
            **settings,
        )

    def logs_in(self, name: str = "miriam") -> dict:
        verifier, self.nonce = generate_token(48), generate_token(24)
        url, state = self.session.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=verifier, nonce=self.nonce
        )
        self.person.goes_to(url)
        self.person.logs_in(name)
        self.answer = self.person.is_back_at(self.client_id)
        assert self.answer["iss"] == self.metadata["issuer"]
        return self.session.fetch_token(code=self.answer["code"], state=state, code_verifier=verifier)

    def reads(self, token: str) -> dict:
        """The claims of a token, its signature checked with the published keys."""
        return jwt.decode(token, self.keys, algorithms=["RS256"]).claims

    def reads_id_token(self, tokens: dict) -> CodeIDToken:
        decoded = jwt.decode(tokens["id_token"], self.keys, algorithms=["RS256"])
        options = {
            "iss": {"essential": True, "value": self.metadata["issuer"]},
            "aud": {"essential": True, "value": self.client_id},
        }
        parameters = {"client_id": self.client_id, "access_token": tokens["access_token"], "nonce": self.nonce}
        claims = CodeIDToken(decoded.claims, decoded.header, options, parameters)
        claims.validate(now=int(time.time()), leeway=5)
        return claims


@pytest.fixture
def confidential(person) -> Client:
    return Client(person, "archie", "archie-secret-for-tests")


@pytest.fixture
def public(person) -> Client:
    return Client(person, "revman-web", token_endpoint_auth_method="none")


def test_what_discovery_says_is_valid(public):
    OpenIDProviderMetadata(public.metadata).validate()
    assert public.metadata["issuer"] == public.person.server.realm


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_a_code_becomes_tokens_that_prove_the_login(kind, request):
    client = request.getfixturevalue(kind)
    tokens = client.logs_in()
    claims = client.reads_id_token(tokens)
    assert claims["preferred_username"] == "miriam"
    assert claims["person_id"] == "z1209031417"
    assert claims["sid"] == client.answer["session_state"]
    access = client.reads(tokens["access_token"])
    assert (access["azp"], access["sub"], access["typ"]) == (client.client_id, claims["sub"], "Bearer")
    assert tokens["token_type"] == "Bearer"
    assert 290 <= tokens["expires_in"] <= 300


def test_a_code_counts_once_and_with_its_verifier_alone(public):
    url, _ = public.session.create_authorization_url(
        public.metadata["authorization_endpoint"], code_verifier=generate_token(48)
    )
    public.person.goes_to(url)
    public.person.logs_in("miriam")
    code = public.person.is_back_at("revman-web")["code"]
    with pytest.raises(OAuthError, match="invalid_grant"):
        public.session.fetch_token(code=code, code_verifier=generate_token(48))


def test_a_token_that_was_tampered_with_is_noticed(confidential):
    header, body, signature = confidential.logs_in()["id_token"].split(".")
    other = ("A" if signature[0] != "A" else "B") + signature[1:]
    with pytest.raises(BadSignatureError):
        confidential.reads(f"{header}.{body}.{other}")


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_tokens_are_renewed_in_the_same_session(kind, request):
    client = request.getfixturevalue(kind)
    first = dict(client.logs_in())
    second = client.session.refresh_token(refresh_token=first["refresh_token"])
    assert second["access_token"] != first["access_token"]
    was, now = client.reads(first["access_token"]), client.reads(second["access_token"])
    assert (was["sub"], was["sid"]) == (now["sub"], now["sid"])
    assert client.reads(second["id_token"])["sub"] == was["sub"]


def test_userinfo_tells_of_the_user(confidential):
    claims = confidential.reads_id_token(confidential.logs_in())
    told = UserInfo(confidential.session.get(confidential.metadata["userinfo_endpoint"]).json())
    assert told.sub == claims["sub"]
    assert (told.preferred_username, told.email, told.given_name) == ("miriam", "miriam@reviews.example", "Miriam")
    assert told["other_emails"] == ["m.okafor@uni.example", "miriam@home.example"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_client_proves_itself_either_way(person, method):
    client = Client(person, "archie", "archie-secret-for-tests", token_endpoint_auth_method=method)
    assert client.logs_in()["access_token"]
    with pytest.raises(OAuthError, match="unauthorized_client"):
        Client(person, "archie", "wrong", token_endpoint_auth_method=method).session.fetch_token(grant_type="client_credentials")


def test_a_token_is_introspected_and_revoked(confidential):
    token = confidential.logs_in()["access_token"]
    ask = {"url": confidential.metadata["introspection_endpoint"], "token": token}
    told = confidential.session.introspect_token(**ask).json()
    assert (told["active"], told["username"], told["client_id"]) == (True, "miriam", "archie")
    confidential.session.revoke_token(confidential.metadata["revocation_endpoint"], token=token)
    assert confidential.session.introspect_token(**ask).json() == {"active": False}


def test_the_logout_of_the_library_ends_the_session(public):
    tokens = public.logs_in()
    home = public.person.application.base + "/revman/bye"
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": home, "state": "so-long"}
    url = requests.Request("GET", public.metadata["end_session_endpoint"], params=query).prepare().url
    public.person.goes_to(url)
    assert public.person.application.visit("/revman/bye").parameters == {"state": "so-long"}
    with pytest.raises(OAuthError, match="invalid_grant"):
        public.session.refresh_token(refresh_token=tokens["refresh_token"])
    public.person.wants_to_use("revman-web")
    public.person.sees_page("login")
