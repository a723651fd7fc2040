"""The session of a browser: one login for all applications, remembered or not, asked about, and ended."""
from urllib.parse import urlencode

from authlib.integrations.requests_client import OAuth2Session


def test_the_second_application_asks_nothing(person):
    first = person.is_logged_in("miriam", "archie")
    person.wants_to_use("revman-web")
    second = person.is_back_at("revman-web")
    assert second["code"] != first["code"]
    assert second["session_state"] == first["session_state"]


def test_an_application_may_ask_for_the_password_again(person):
    person.is_logged_in("miriam")
    person.wants_to_use("revman-web", prompt="login")
    person.sees_page("login")
    assert person.notice == "Please re-authenticate to continue"
    assert person.element("kc-attempted-username").text == "miriam"
    assert not person.has("username") and not person.has("rememberMe")
    assert person.focus.get_attribute("id") == "password"
    person.logs_in("miriam", "wrong")
    assert person.description("password") == "Invalid username or password."
    person.logs_in("miriam")
    assert person.is_back_at("revman-web")["code"]


def test_who_is_asked_again_may_log_in_as_another(person):
    person.is_logged_in("miriam")
    person.wants_to_use("revman-web", prompt="login")
    person.presses("reset-login")
    person.sees_page("login")
    person.logs_in("tomas")
    assert person.is_back_at("revman-web")["code"]


def test_a_session_ends_with_the_browser(person):
    person.is_logged_in("miriam")
    assert person.cookie("KEYCLOAK_IDENTITY")["session"]
    person.closes_the_browser()
    person.opens_the_browser()
    person.wants_to_use()
    person.sees_page("login")
    assert person.element("username").get_attribute("value") == ""


def test_a_remembered_session_outlives_the_browser(person):
    person.wants_to_use()
    person.element("rememberMe").click()
    person.logs_in("miriam")
    first = person.is_back_at()
    assert not person.cookie("KEYCLOAK_IDENTITY")["session"]
    person.closes_the_browser()
    person.opens_the_browser()
    person.wants_to_use("revman-web")
    assert person.is_back_at("revman-web")["session_state"] == first["session_state"]


def test_a_remembered_name_is_there_when_the_session_is_over(person):
    person.wants_to_use()
    person.element("rememberMe").click()
    person.logs_in("miriam")
    person.is_back_at()
    person.loses_cookie("KEYCLOAK_IDENTITY")
    person.closes_the_browser()
    person.opens_the_browser()
    person.wants_to_use()
    person.sees_page("login")
    assert person.element("username").get_attribute("value") == "miriam"
    assert person.element("rememberMe").is_selected()
    assert person.focus.get_attribute("id") == "password"


def test_a_logout_without_a_hint_is_confirmed(person):
    person.is_logged_in("miriam")
    person.goes_to(person.server.protocol + "/logout")
    person.sees_page("logout-confirm")
    assert person.title == "Logging out"
    person.wants_to_use()
    person.is_back_at()
    person.goes_to(person.server.protocol + "/logout")
    person.presses("kc-logout")
    person.sees_page("info")
    assert "You are logged out" in person.text()
    person.wants_to_use()
    person.sees_page("login")


def test_a_logout_with_a_hint_leads_straight_back(person):
    answer = person.is_logged_in("miriam", "archie")
    client = OAuth2Session("archie", "archie-secret-for-tests", redirect_uri=person.application.base + "/archie/cb")
    tokens = client.fetch_token(person.server.protocol + "/token", code=answer["code"])
    home = person.application.base + "/archie/bye"
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": home, "state": "so-long"}
    person.goes_to(f"{person.server.protocol}/logout?{urlencode(query)}")
    assert person.application.visit("/archie/bye").parameters["state"] == "so-long"
    assert person.cookie("KEYCLOAK_IDENTITY") is None and person.cookie("KEYCLOAK_SESSION") is None
    person.wants_to_use("revman-web")
    person.sees_page("login")


def test_a_logout_forgets_the_remembered_name(person):
    person.wants_to_use()
    person.element("rememberMe").click()
    person.logs_in("miriam")
    person.is_back_at()
    person.goes_to(person.server.protocol + "/logout")
    person.presses("kc-logout")
    person.wants_to_use()
    assert person.element("username").get_attribute("value") == ""


def test_a_logout_tells_the_applications_in_their_frames(person):
    answer = person.is_logged_in("miriam", "journal")
    home = person.application.base + "/journal/cb"
    client = OAuth2Session("journal", token_endpoint_auth_method="none", redirect_uri=home)
    tokens = client.fetch_token(person.server.protocol + "/token", code=answer["code"])
    person.application.forget()
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": home}
    person.goes_to(f"{person.server.protocol}/logout?{urlencode(query)}")
    told = person.application.visit("/journal/gone").parameters
    assert told == {"iss": person.server.realm, "sid": answer["session_state"]}
    person.is_back_at("journal")


def asks(person, client: str, session: str) -> str:
    """What the login status frame says to an application."""
    query = {"frame": person.server.protocol + "/login-status-iframe.html", "say": f"{client} {session}".strip(" ")}
    if not session:
        query["say"] += " "
    person.goes_to(f"{person.application.base}/asks?{urlencode(query)}")
    return person.until(lambda: "said" in person.driver.title and person.driver.title, "an answer of the frame")


def test_an_application_may_ask_whether_the_session_is_the_same(person):
    assert asks(person, "revman-web", "") == "said unchanged"
    session = person.is_logged_in("miriam", "revman-web")["session_state"]
    assert asks(person, "revman-web", session) == "said unchanged"
    assert asks(person, "revman-web", "another") == "said changed"
    assert asks(person, "revman-web", "") == "said changed"
    person.goes_to(person.server.protocol + "/logout")
    person.presses("kc-logout")
    assert asks(person, "revman-web", session) == "said changed"


def test_the_frame_answers_error_to_strangers(person):
    session = person.is_logged_in("miriam", "revman-web")["session_state"]
    assert asks(person, "nobody", session) == "said error"
    # The console tells of the server's refusal.
    assert [c for c in person.complaints() if "403" in c]
    person.complaints().clear()


def test_the_frame_tells_whether_cookies_are_kept_in_frames(person):
    frame = person.server.protocol + "/3p-cookies/step1.html"
    person.goes_to(f"{person.application.base}/asks?{urlencode({'frame': frame, 'say': ''})}")
    said = person.until(lambda: "said" in person.driver.title and person.driver.title, "an answer of the frame")
    assert said == "said supported"
