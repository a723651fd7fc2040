"""A login with name and password, as a person meets it."""
from selenium.webdriver.common.keys import Keys

from server import OTP_SECRET
from totp import totp


def test_the_right_password_leads_back_to_the_application(person):
    person.wants_to_use("archie", state="as-it-was")
    person.sees_page("login")
    person.logs_in("miriam")
    answer = person.is_back_at("archie")
    assert answer["state"] == "as-it-was"
    assert answer["iss"] == person.server.realm
    assert answer["code"]


def test_the_address_of_the_mail_does_as_well_as_the_name(person):
    person.wants_to_use()
    person.logs_in("miriam@reviews.example", "miriam-password")
    assert person.is_back_at()["code"]


def test_a_wrong_password_is_told_and_the_right_one_still_works(person):
    person.wants_to_use()
    person.logs_in("miriam", "wrong")
    assert person.element("input-error-username").text == "Invalid username or password."
    assert person.element("username").get_attribute("value") == "miriam"
    assert person.element("password").get_attribute("value") == ""
    person.logs_in("miriam")
    assert person.is_back_at()["state"] == "state-of-archie"


def test_nobody_learns_whether_a_name_exists(person):
    said = []
    for name in ("miriam", "nobody"):
        person.wants_to_use()
        person.logs_in(name, "wrong")
        said.append(person.text())
    assert said[0] == said[1]


def test_a_disabled_user_is_told_after_the_right_password_alone(person):
    person.wants_to_use()
    person.logs_in("former", "wrong")
    assert person.element("input-error-username").text == "Invalid username or password."
    person.logs_in("former")
    assert person.notice == "Account is disabled, contact your administrator."


def test_three_wrong_passwords_lock_the_user_without_saying_so(person):
    person.wants_to_use()
    for _ in range(3):
        person.logs_in("tomas", "wrong")
    person.logs_in("tomas")
    assert person.element("input-error-username").text == "Invalid username or password."


def test_the_focus_begins_where_typing_begins(person):
    person.wants_to_use()
    assert person.focus.get_attribute("id") == "username"
    person.wants_to_use(login_hint="miriam")
    assert person.element("username").get_attribute("value") == "miriam"
    assert person.focus.get_attribute("id") == "password"


def test_an_error_is_announced_and_tied_to_its_field(person):
    person.wants_to_use()
    person.logs_in("miriam", "wrong")
    for field in ("username", "password"):
        assert person.element(field).get_attribute("aria-invalid") == "true"
    assert person.description("username") == "Invalid username or password."
    assert person.element("input-error-username").get_attribute("aria-live") == "polite"
    # The focus on the described field is what makes a screen reader say it.
    assert person.focus.get_attribute("id") == "username"


def test_the_keyboard_alone_is_enough(person):
    person.wants_to_use()
    person.leaves_by(lambda: person.presses_keys("miriam", Keys.TAB, "miriam-password", Keys.ENTER))
    assert person.is_back_at()["code"]


def test_the_tab_key_goes_through_the_page_in_its_order(person):
    person.wants_to_use()
    seen = []
    for _ in range(5):
        seen.append(person.focus.get_attribute("id") or person.focus.accessible_name)
        person.presses_keys(Keys.TAB)
    assert seen == ["username", "password", "Show password", "rememberMe", "kc-login"]
    # Each of them shows where the focus is.
    person.tabs_to("rememberMe")
    assert person.focus.value_of_css_property("outline-style") == "solid"


def test_the_box_is_ticked_and_the_language_opened_by_the_keyboard(person):
    person.wants_to_use()
    person.tabs_to("rememberMe")
    person.presses_keys(Keys.SPACE)
    assert person.element("rememberMe").is_selected()
    person.wants_to_use()
    person.goes_back_a_field()
    person.presses_keys(Keys.ENTER, Keys.TAB)
    person.leaves_by(lambda: person.presses_keys(Keys.ENTER))
    assert person.language == "de"


def test_a_password_can_be_looked_at(person):
    person.wants_to_use()
    person.types("password", "miriam-password")
    button = person.driver.find_element("css selector", "[data-password-toggle]")
    assert (button.accessible_name, button.get_attribute("aria-pressed")) == ("Show password", "false")
    button.click()
    assert person.element("password").get_attribute("type") == "text"
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert person.element("password").get_attribute("type") == "password"
    button.click()
    person.types("username", "miriam")
    person.presses("kc-login")
    assert person.is_back_at()["code"]


def test_a_second_factor_is_asked_for_after_the_password(person):
    person.wants_to_use()
    person.logs_in("careful")
    person.sees_page("login-otp")
    assert person.focus.get_attribute("id") == "otp"
    person.types("otp", "000000")
    person.presses("kc-login")
    assert person.description("otp") == "Invalid authenticator code."
    person.types("otp", totp(OTP_SECRET))
    person.presses("kc-login")
    assert person.is_back_at()["code"]


def test_what_the_profile_lacks_is_asked_for(person):
    person.wants_to_use()
    person.logs_in("nameless")
    person.sees_page("login-update-profile")
    assert person.notice == "You need to update your user profile to activate your account."
    person.follows("form button")
    assert person.description("lastName") == "Please specify this field."
    person.types("lastName", "Person")
    person.follows("form button")
    assert person.is_back_at()["code"]
