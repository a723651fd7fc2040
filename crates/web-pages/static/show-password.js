// Lets people look at the password they type. Without script the buttons stay hidden.
"use strict";
for (const button of document.querySelectorAll("button[data-password-toggle]")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  };
  button.addEventListener("click", () => show(input.type === "password"));
  // Never leave a password readable in the page that is sent, nor for password managers to misread.
  input.form.addEventListener("submit", () => show(false));
  button.hidden = false;
}
