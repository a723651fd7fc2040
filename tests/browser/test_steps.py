"""What may come between the password and the application: consent, a new password, another language, an answer by form."""
import pytest


def test_consent_is_asked_for_once(person):
    person.wants_to_use("third-party-reader")
    person.logs_in("miriam")
    person.sees_page("login-oauth-grant")
    assert person.title == "Grant Access to Third-party reader"
    assert "User profile" in person.text() and "Email address" in person.text()
    person.presses("kc-login")
    assert person.is_back_at("third-party-reader")["code"]
    person.wants_to_use("third-party-reader")
    assert person.is_back_at("third-party-reader")["code"]


def test_who_denies_consent_sends_the_application_away(person):
    person.wants_to_use("third-party-reader")
    person.logs_in("miriam")
    person.presses("kc-cancel")
    answer = person.is_back_at("third-party-reader")
    assert answer["error"] == "access_denied"
    assert answer["state"] == "state-of-third-party-reader"
    assert "code" not in answer


def test_a_password_that_is_not_ones_own_must_be_changed(person):
    person.wants_to_use()
    person.logs_in("newcomer")
    person.sees_page("login-update-password")
    assert person.notice == "You need to change your password to activate your account."
    assert person.focus.get_attribute("id") == "password-new"
    for new, again, field, said in [
        ("", "", "password-new", "Please specify password."),
        ("one-password", "another-password", "password-confirm", "Passwords don't match."),
        ("short", "short", "password-new", "Invalid password: minimum length 8."),
        ("newcomer", "newcomer", "password-new", "Invalid password: must not be equal to the username."),
    ]:
        person.types("password-new", new)
        person.types("password-confirm", again)
        person.presses("kc-submit")
        assert person.description(field) == said
        assert person.element(field).get_attribute("aria-invalid") == "true"
        # Both are empty again, so both are typed again: from the first, which tells what was wrong.
        assert person.focus.get_attribute("id") == "password-new"
        assert person.description("password-new") == said
    person.types("password-new", "a-better-password")
    person.types("password-confirm", "a-better-password")
    person.presses("kc-submit")
    assert person.is_back_at()["code"]


def test_the_new_password_counts_and_the_old_does_not(person):
    person.wants_to_use()
    person.logs_in("newcomer")
    person.types("password-new", "a-better-password")
    person.types("password-confirm", "a-better-password")
    person.presses("kc-submit")
    person.is_back_at()
    person.loses_cookie("KEYCLOAK_IDENTITY")
    person.wants_to_use()
    person.logs_in("newcomer")
    person.sees_page("login")
    person.logs_in("newcomer", "a-better-password")
    assert person.is_back_at()["code"]


@pytest.mark.parametrize(
    ("tag", "title", "said"),
    [
        ("de", "Melden Sie sich an", "Benutzername oder Passwort ist falsch."),
        ("es", "Inicie sesión en su cuenta", "Usuario o contraseña incorrectos."),
        ("fr", "Connectez-vous à votre compte", "Nom d'utilisateur ou mot de passe incorrect."),
    ],
)
def test_another_language_keeps_the_login_going(person, tag, title, said):
    person.wants_to_use()
    person.chooses_language(tag)
    assert person.title == title
    person.logs_in("miriam", "wrong")
    assert (person.language, person.element("input-error-username").text) == (tag, said)
    person.logs_in("miriam")
    assert person.is_back_at()["state"] == "state-of-archie"
    # The choice stays for the next page.
    person.goes_to(person.server.protocol + "/logout")
    assert person.language == tag


def test_an_application_may_wish_for_a_language(person):
    person.wants_to_use(ui_locales="xx fr")
    assert person.language == "fr"
    person.logs_in("miriam", "wrong")
    assert person.language == "fr"


def test_the_language_may_change_in_the_midst_of_a_login(person):
    person.wants_to_use()
    person.logs_in("newcomer")
    person.chooses_language("de")
    person.sees_page("login-update-password")
    person.types("password-new", "a-better-password")
    person.types("password-confirm", "a-better-password")
    person.presses("kc-submit")
    assert person.is_back_at()["code"]


def test_an_answer_by_form_needs_no_hand(person):
    person.wants_to_use("archie", response_mode="form_post")
    person.logs_in("miriam")
    answer = person.is_back_at("archie", "POST")
    assert answer["code"] and answer["state"] == "state-of-archie"
    # With a session there is no page at all between the application and itself.
    person.wants_to_use("archie", response_mode="form_post", state="again")
    person.until(lambda: person.is_back_at("archie", "POST")["state"] == "again", "the second answer")
