"""A person with a browser: reads pages, types, presses keys, comes back to an application."""
from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlencode

from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from application import Application, Visit
from server import Server

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1280,900 --lang=en"
)
VERIFIER = "a-code-verifier-that-is-long-enough-to-be-one-by-the-book"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
# client: where it is sent back to, and what it has to say besides.
CLIENTS = {
    "archie": ("/archie/cb", {}),
    "revman-web": ("/revman/cb", {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}),
    "third-party-reader": ("/reader/cb", {}),
    "journal": ("/journal/cb", {}),
}
WAIT = 10


def is_gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
        return False
    except WebDriverException:  # stale, or in the midst of going
        return True


class Person:
    server: Server

    def __init__(self, application: Application, profile: Path):
        self.application, self.profile = application, profile
        self.script = True
        self._complaints: list[str] = []

    def __enter__(self) -> Person:
        self.opens_the_browser()
        return self

    def __exit__(self, *_) -> None:
        self.driver.quit()

    def meets(self, server: Server, script: bool = True) -> None:
        """Begins anew with another server: one window, nothing kept."""
        self.server, self.script = server, script
        first, *others = self.driver.window_handles
        for other in others:
            self.driver.switch_to.window(other)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.driver.get("about:blank")
        self.tells_the_browser("Network.clearBrowserCookies")
        self.looks()
        self.tells_the_browser("Emulation.setScriptExecutionDisabled", value=not script)
        self.driver.get_log("browser")
        self._complaints = []

    def opens_the_browser(self) -> None:
        """With the profile it had before, if it had one."""
        options = webdriver.ChromeOptions()
        options.binary_location = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
        for flag in [*FLAGS.split(), f"--user-data-dir={self.profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = os.environ.get("CHROMEDRIVER") or shutil.which("chromedriver")
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        self.driver.set_page_load_timeout(30)
        self.tells_the_browser("Emulation.setScriptExecutionDisabled", value=not self.script)

    def closes_the_browser(self) -> None:
        self._collect()
        self.driver.quit()

    def tells_the_browser(self, command: str, **parameters) -> dict:
        return self.driver.execute_cdp_cmd(command, parameters)

    # -- going somewhere

    def authorization_url(self, client: str = "archie", **parameters: str) -> str:
        path, more = CLIENTS[client]
        asked = {
            "client_id": client,
            "redirect_uri": self.application.base + path,
            "response_type": "code",
            "scope": "openid",
            "state": f"state-of-{client}",
            **more,
            **parameters,
        }
        return f"{self.server.protocol}/auth?{urlencode(asked)}"

    def goes_to(self, url: str) -> None:
        self.driver.get(url)

    def wants_to_use(self, client: str = "archie", **parameters: str) -> None:
        self.goes_to(self.authorization_url(client, **parameters))

    def logs_in(self, name: str, password: str | None = None) -> None:
        if self.has("username"):
            self.types("username", name)
        self.types("password", password or f"{name}-password")
        self.presses("kc-login")

    def is_logged_in(self, name: str = "miriam", client: str = "archie", **parameters: str) -> dict[str, str]:
        self.wants_to_use(client, **parameters)
        self.logs_in(name)
        return self.is_back_at(client)

    def is_back_at(self, client: str = "archie", method: str = "GET") -> dict[str, str]:
        """What the browser brought back to the client."""
        path, _ = CLIENTS[client]
        self.until(lambda: self.driver.current_url.startswith(self.application.base + path), f"back at {client}")
        visit: Visit = self.application.visit(path)
        assert visit.method == method
        return visit.parameters

    # -- reading

    @property
    def page(self) -> str:
        """The name of the page, as Keycloak's scripts and themes know it."""
        return self.driver.find_element(By.TAG_NAME, "body").get_attribute("data-page-id") or ""

    @property
    def title(self) -> str:
        return self.element("kc-page-title").text

    @property
    def language(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "html").get_attribute("lang")

    @property
    def notice(self) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, "[role=alert] .kc-feedback-text, [role=status] .kc-feedback-text").text

    @property
    def focus(self) -> WebElement:
        return self.driver.switch_to.active_element

    def text(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    def element(self, id: str) -> WebElement:
        return self.driver.find_element(By.ID, id)

    def has(self, id: str) -> bool:
        return any(e.is_displayed() for e in self.driver.find_elements(By.ID, id))

    def sees_page(self, name: str) -> None:
        self.until(lambda: self.page == f"login-{name}", f"the page {name}")

    def description(self, id: str) -> str:
        """What a screen reader says after a control's name."""
        ids = (self.element(id).get_attribute("aria-describedby") or "").split()
        return " ".join(self.element(i).text for i in ids)

    def cookie(self, name: str) -> dict | None:
        """A cookie of the realm, wherever the browser is."""
        cookies = self.tells_the_browser("Network.getCookies", urls=[self.server.realm + "/"])["cookies"]
        return next((c for c in cookies if c["name"] == name), None)

    def loses_cookie(self, name: str) -> None:
        self.tells_the_browser("Network.deleteCookies", name=name, url=self.server.realm + "/")

    # -- doing

    def types(self, id: str, text: str) -> None:
        field = self.element(id)
        field.clear()
        field.send_keys(text)

    def presses(self, id: str) -> None:
        """Presses what leads to another page."""
        self.leaves_by(self.element(id).click)

    def follows(self, css: str) -> None:
        """The same, for what has no id."""
        self.leaves_by(self.driver.find_element(By.CSS_SELECTOR, css).click)

    def leaves_by(self, act) -> None:
        left = self.driver.find_element(By.TAG_NAME, "html")
        act()
        self.until(lambda: is_gone(left) and self.driver.find_elements(By.TAG_NAME, "body"), "another page")

    def presses_keys(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def goes_back_a_field(self) -> None:
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()

    def tabs_to(self, id: str) -> None:
        """Presses the tab key until the control has the focus."""
        for _ in range(30):
            if self.focus.get_attribute("id") == id:
                return
            self.presses_keys(Keys.TAB)
        raise AssertionError(f"the tab key never reaches {id}")

    def chooses_language(self, tag: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, "#kc-locale summary").click()
        self.follows(f"#kc-locale a[lang={tag}]")
        assert self.language == tag

    def until(self, condition, what: str):
        def holds(_):
            return condition()

        said = f"waited in vain for {what}"
        try:
            return WebDriverWait(self.driver, WAIT, poll_frequency=0.05).until(holds, said)
        except TimeoutException:
            raise AssertionError(f"{said}; at {self.driver.current_url} with\n{self.text()[:1500]}") from None

    # -- looking

    def looks(self, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """With a screen of this size, preferring a colour scheme."""
        phone = width < 600
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.tells_the_browser("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.tells_the_browser("Emulation.setEmulatedMedia", features=features)

    def photographs(self, file: Path) -> None:
        """The whole page, however long."""
        shot = self.tells_the_browser("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    # -- what the browser thinks of it

    def complaints(self) -> list[str]:
        """What the console says, but for answers of 400 and 404 to the page itself: error pages are meant."""
        self._collect()
        return self._complaints

    def _collect(self) -> None:
        page_answered = re.compile(r"Failed to load resource: the server responded with a status of (400|404) ")
        asked_by_page = ("/resources/", "/init?")
        for entry in self.driver.get_log("browser"):
            said = entry["message"]
            if page_answered.search(said) and not any(part in said for part in asked_by_page):
                continue
            self._complaints.append(f"{entry['level']} {said}")
