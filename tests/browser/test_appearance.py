"""Every page: what it looks like on a phone and on a desk, by day and by night, and whether everybody can use it.

The pictures are for people to look at: a change of the templates or of the sheet is seen there first.
"""
from pathlib import Path

import pytest

RULES = (Path(__file__).parent / "accessibility.js").read_text()
CONTROLS = {"button", "checkbox", "combobox", "link", "radio", "textbox", "DisclosureTriangle"}


def login(person):
    person.wants_to_use()


def wrong_password(person):
    person.wants_to_use()
    person.logs_in("miriam", "wrong")


def disabled_account(person):
    person.wants_to_use()
    person.logs_in("former")


def languages(person):
    person.wants_to_use()
    person.driver.find_element("css selector", "#kc-locale summary").click()


def login_in_german(person):
    person.wants_to_use()
    person.chooses_language("de")
    person.logs_in("miriam", "wrong")


def password_shown(person):
    person.wants_to_use()
    person.types("username", "miriam")
    person.types("password", "correct horse battery staple")
    person.driver.find_element("css selector", "[data-password-toggle]").click()


def again(person):
    person.is_logged_in("miriam")
    person.wants_to_use(prompt="login")


def again_and_wrong(person):
    again(person)
    person.logs_in("miriam", "wrong")


def action_expired(person):
    person.wants_to_use()
    person.logs_in("miriam", "wrong")
    address = person.driver.current_url
    person.logs_in("miriam", "wrong")
    person.goes_to(address)


def second_factor(person):
    person.wants_to_use()
    person.logs_in("careful")


def wrong_second_factor(person):
    second_factor(person)
    person.types("otp", "123456")
    person.presses("kc-login")


def new_password(person):
    person.wants_to_use()
    person.logs_in("newcomer")


def weak_password(person):
    new_password(person)
    person.types("password-new", "short")
    person.types("password-confirm", "short")
    person.presses("kc-submit")


def profile(person):
    person.wants_to_use()
    person.logs_in("nameless")


def profile_with_errors(person):
    profile(person)
    person.follows("form button")


def consent(person):
    person.wants_to_use("third-party-reader", scope="openid phone address offline_access")
    person.logs_in("miriam")


def page_expired(person):
    person.wants_to_use()
    person.goes_to(person.element("kc-form-login").get_attribute("action").replace("/authenticate?", "/required-action?"))


def error(person):
    person.wants_to_use(redirect_uri="https://elsewhere.example/cb")


def not_found(person):
    person.goes_to(person.server.base + "/realms/nowhere/protocol/openid-connect/auth")


def logout(person):
    person.is_logged_in("miriam")
    person.goes_to(person.server.protocol + "/logout")


def logged_out(person):
    logout(person)
    person.presses("kc-logout")


PAGES = [
    login, wrong_password, disabled_account, languages, login_in_german, password_shown, again, again_and_wrong,
    action_expired, second_factor, wrong_second_factor, new_password, weak_password, profile, profile_with_errors, consent,
    page_expired, error, not_found, logout, logged_out,
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_everybody_can_use_the_page(person, pictures, page):
    page(person)
    for scheme in ("light", "dark"):
        for width, height in ((320, 640), (390, 844), (1280, 900)):
            person.looks(width, height, scheme)
            assert person.driver.execute_script(RULES) == [], f"{width} px, {scheme}"
            if width > 320:
                person.photographs(pictures / f"{page.__name__.replace('_', '-')}-{width}-{scheme}.png")
    assert nameless_controls(person) == []


def test_the_answer_by_form_is_a_page_without_script(person_without_script, pictures):
    person = person_without_script
    person.wants_to_use("archie", response_mode="form_post")
    person.logs_in("miriam")
    for scheme in ("light", "dark"):
        for width, height in ((390, 844), (1280, 900)):
            person.looks(width, height, scheme)
            person.photographs(pictures / f"form-post-{width}-{scheme}.png")
    assert nameless_controls(person) == []


def test_the_colours_follow_the_person_and_not_the_page(person):
    person.wants_to_use()
    ground = {}
    for scheme in ("light", "dark"):
        person.looks(scheme=scheme)
        colour = person.driver.find_element("tag name", "body").value_of_css_property("background-color")
        ground[scheme] = sum(int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3])
    assert ground["light"] > 600 and ground["dark"] < 150


def test_text_may_be_twice_as_large(person):
    """A person who reads large letters loses nothing [WCAG 1.4.4]."""
    person.wants_to_use()
    person.logs_in("miriam", "wrong")
    person.looks(640, 900)
    person.driver.execute_script("document.documentElement.style.fontSize = '200%'")
    assert person.driver.execute_script(RULES) == []


def nameless_controls(person) -> list[dict]:
    """What the browser itself would have a screen reader say: controls that have nothing but their kind."""
    person.tells_the_browser("Accessibility.enable")
    tree = person.tells_the_browser("Accessibility.getFullAXTree")["nodes"]
    said = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if not n["ignored"]]
    return [control for control in said if control[0] in CONTROLS and not control[1].strip()]
