// OpenID Connect Session Management: an application asks "<client id> <session id>" from its own frame and hears
// "unchanged", "changed" or "error". The cookie KEYCLOAK_SESSION holds the base64 SHA-384 of the session id.
"use strict";
let admitted = "";

const cookie = () => {
  const found = document.cookie.split("; ").find((c) => c.startsWith("KEYCLOAK_SESSION="));
  return found && found.slice(17).replace(/^"|"$/g, "");
};

const hash = async (text) => {
  const digest = await crypto.subtle.digest("SHA-384", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
};

// Whether this client may ask from this origin; the server knows.
const admit = async (client, origin) => {
  if (admitted === client + " " + origin) return true;
  const query = new URLSearchParams({ client_id: client, origin });
  const answer = await fetch(location.pathname + "/init?" + query, { credentials: "same-origin" });
  if (answer.status !== 204) return false;
  admitted = client + " " + origin;
  return true;
};

const state = async (data, origin) => {
  const cut = data.lastIndexOf(" ");
  if (cut < 1 || !(await admit(data.slice(0, cut), origin))) return "error";
  const session = data.slice(cut + 1);
  const current = cookie();
  if (!session || !current) return !session === !current ? "unchanged" : "changed";
  // Digests exist on secure origins only; elsewhere the cookie's presence must do.
  if (!globalThis.crypto?.subtle) return "unchanged";
  return (await hash(session)) === current ? "unchanged" : "changed";
};

addEventListener("message", async (event) => {
  if (event.source !== parent || typeof event.data !== "string" || event.data.length > 1024) return;
  const answer = await state(event.data, event.origin).catch(() => "error");
  event.source.postMessage(answer, event.origin);
});
