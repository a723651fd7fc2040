// Tells the page around this frame whether the browser lets a frame keep cookies: the first step sets one and goes to the
// second, which looks for it. keycloak-js asks before it relies on the login status frame.
"use strict";
const NAME = "KEYCLOAK_3P_COOKIE";
const attributes = "; SameSite=None; Secure";
if (document.body.dataset.step === "1") {
  document.cookie = NAME + "=supported" + attributes;
  location.replace("step2.html");
} else {
  const kept = document.cookie.split("; ").includes(NAME + "=supported");
  document.cookie = NAME + "=; Max-Age=0" + attributes;
  parent.postMessage(kept ? "supported" : "unsupported", "*");
}
