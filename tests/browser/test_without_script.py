"""Every page does its work in a browser that runs no script."""
from totp import totp

from server import OTP_SECRET


def test_a_login_needs_no_script(person_without_script):
    person = person_without_script
    person.wants_to_use()
    person.logs_in("miriam", "wrong")
    assert person.element("input-error-username").text == "Invalid username or password."
    person.logs_in("careful")
    person.types("otp", totp(OTP_SECRET))
    person.presses("kc-login")
    assert person.is_back_at()["code"]


def test_what_would_do_nothing_is_not_shown(person_without_script):
    person = person_without_script
    person.wants_to_use()
    assert not person.driver.find_element("css selector", "[data-password-toggle]").is_displayed()


def test_the_answer_by_form_waits_for_a_button(person_without_script):
    person = person_without_script
    person.wants_to_use("archie", response_mode="form_post")
    person.logs_in("miriam")
    assert person.driver.title == "OIDC Form_Post Response"
    assert "JavaScript" in person.text()
    person.follows("button[name=continue]")
    assert person.is_back_at("archie", "POST")["state"] == "state-of-archie"


def test_languages_consent_and_logout_need_no_script(person_without_script):
    person = person_without_script
    person.wants_to_use("third-party-reader")
    person.chooses_language("de")
    person.logs_in("miriam")
    person.sees_page("login-oauth-grant")
    person.presses("kc-login")
    assert person.is_back_at("third-party-reader")["code"]
    person.goes_to(person.server.protocol + "/logout")
    person.presses("kc-logout")
    person.sees_page("info")
    assert person.cookie("KEYCLOAK_IDENTITY") is None
