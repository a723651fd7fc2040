"""When things go other ways: foreign addresses, the back button, old pages, several tabs, lost cookies."""
import re


def test_nobody_is_sent_to_a_foreign_address(person):
    person.wants_to_use(redirect_uri="https://elsewhere.example/cb")
    person.sees_page("error")
    assert person.title == "We are sorry..."
    assert "Invalid parameter: redirect_uri" in person.text()
    assert person.driver.find_elements("css selector", "a[href*='elsewhere']") == []


def test_an_error_can_be_read_in_another_language(person):
    person.wants_to_use(client_id="nobody")
    person.sees_page("error")
    person.chooses_language("de")
    person.sees_page("error")
    assert person.title == "Das hat leider nicht geklappt"


def test_an_unknown_address_is_a_page_not_found(person):
    person.goes_to(person.server.base + "/realms/nowhere/protocol/openid-connect/auth")
    assert person.page == "login-error"


def test_the_back_button_after_a_wrong_password_leads_to_a_page_that_works(person):
    person.wants_to_use()
    person.logs_in("miriam", "wrong")
    person.driver.back()
    person.logs_in("miriam")
    if person.page == "login-login":
        assert person.notice == "Action expired. Please continue with login now."
        person.logs_in("miriam")
    assert person.is_back_at()["state"] == "state-of-archie"


def test_the_back_button_in_the_second_step_still_ends_at_the_application(person):
    person.wants_to_use()
    person.logs_in("newcomer")
    person.sees_page("login-update-password")
    person.driver.back()
    person.logs_in("newcomer")
    person.until(lambda: "update-password" in person.page or "expired" in person.page, "a page to go on from")
    if "expired" in person.page:
        person.presses("loginContinueLink")
    person.sees_page("login-update-password")
    person.types("password-new", "a-better-password")
    person.types("password-confirm", "a-better-password")
    person.presses("kc-submit")
    assert person.is_back_at()["code"]


def test_the_back_button_after_the_login_does_no_harm(person):
    person.is_logged_in("miriam")
    person.driver.back()
    if person.page == "login-login":
        person.logs_in("miriam")
    answer = person.is_back_at()
    assert answer.get("code") or answer["error"] == "temporarily_unavailable"


def test_a_page_loaded_again_still_works(person):
    person.wants_to_use()
    person.driver.refresh()
    person.logs_in("miriam", "wrong")
    person.goes_to(person.driver.current_url)
    person.logs_in("miriam")
    if person.page == "login-login":
        assert person.notice == "Action expired. Please continue with login now."
        person.logs_in("miriam")
    assert person.is_back_at()["code"]


def out_of_turn(person) -> str:
    """The address of the second step, known before the first is done."""
    action = person.element("kc-form-login").get_attribute("action")
    return re.sub(r"execution=[^&]*", "execution=UPDATE_PASSWORD", action.replace("/authenticate?", "/required-action?"))


def test_a_step_out_of_turn_is_a_page_that_has_expired_and_may_go_on(person):
    person.wants_to_use()
    person.goes_to(out_of_turn(person))
    person.sees_page("login-page-expired")
    assert person.title == "Page has expired"
    person.presses("loginContinueLink")
    person.logs_in("miriam")
    assert person.is_back_at()["state"] == "state-of-archie"


def test_a_page_that_has_expired_may_begin_again(person):
    person.wants_to_use()
    person.goes_to(out_of_turn(person))
    person.presses("loginRestartLink")
    person.sees_page("login")
    person.logs_in("miriam")
    assert person.is_back_at()["state"] == "state-of-archie"


def test_two_tabs_log_in_to_two_applications(person):
    person.wants_to_use("archie")
    first = person.driver.current_window_handle
    person.driver.switch_to.new_window("tab")
    person.wants_to_use("revman-web")
    person.logs_in("miriam")
    assert person.is_back_at("revman-web")["state"] == "state-of-revman-web"
    person.driver.switch_to.window(first)
    person.logs_in("miriam")
    assert person.is_back_at("archie")["state"] == "state-of-archie"


def test_two_tabs_of_one_application_keep_their_own_state(person):
    person.wants_to_use("archie", state="first")
    first = person.driver.current_window_handle
    person.driver.switch_to.new_window("tab")
    person.wants_to_use("archie", state="second")
    second = person.driver.current_window_handle
    person.driver.switch_to.window(first)
    person.logs_in("miriam", "wrong")
    person.logs_in("miriam")
    assert person.is_back_at()["state"] == "first"
    person.driver.switch_to.window(second)
    person.application.forget()
    person.logs_in("miriam")
    assert person.is_back_at()["state"] == "second"


def test_a_browser_that_lost_its_cookies_is_told(person):
    person.wants_to_use()
    person.tells_the_browser("Network.clearBrowserCookies")
    person.logs_in("miriam")
    person.sees_page("error")
    assert "cookie" in person.text().lower()


def test_a_restarted_server_goes_on_with_the_login(person):
    person.wants_to_use()
    person.server.stop()
    person.server.start()
    # A picture for the tab may have been asked for in between.
    person.complaints().clear()
    person.logs_in("miriam")
    assert person.is_back_at()["code"]
