// What a page must have for everybody to use it; answers with a list of what is wrong. The rules are those of WCAG 2.2 that a
// program can judge.
const wrong = [];
const say = (rule, element) => wrong.push(rule + (element ? ": " + element.outerHTML.slice(0, 120) : ""));
const all = (css) => [...document.querySelectorAll(css)];
const shown = (e) => e.checkVisibility({ visibilityProperty: true });

// 3.1.1, 3.1.2 languages; 2.4.2 a title; 1.4.4 nobody is kept from zooming.
if (!/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(document.documentElement.lang)) say("the page has no language");
for (const e of all("[lang], [hreflang]"))
  if (e.getAttribute("lang") === "" || e.getAttribute("hreflang") === "") say("an empty language", e);
if (!document.title.trim()) say("the page has no title");
const viewport = document.querySelector("meta[name=viewport]")?.content ?? "";
if (!viewport.includes("width=device-width") || /user-scalable|maximum-scale/.test(viewport)) say("zooming is hindered");
if (document.querySelector("meta[http-equiv=refresh i]")) say("the page goes away by itself");

// 1.3.1 landmarks and headings.
if (all("main").length !== 1) say("not exactly one main");
if (all("body > header").length > 1 || all("body > footer").length > 1) say("a landmark twice");
const headings = all("h1, h2, h3, h4, h5, h6").filter(shown);
if (headings.filter((h) => h.tagName === "H1").length !== 1) say("not exactly one h1");
headings.reduce((above, h) => {
  if (!h.textContent.trim()) say("an empty heading", h);
  if (Number(h.tagName[1]) > above + 1) say("a heading skips a level", h);
  return Number(h.tagName[1]);
}, 0);
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let t; (t = texts.nextNode()); )
  if (t.data.trim() && shown(t.parentElement) && !t.parentElement.closest("main, header, footer, nav, script, noscript"))
    say("a text outside of every landmark", t.parentElement);
for (const e of all("ul > :not(li), ol > :not(li)")) say("a list of other than items", e);

// 4.1.1 ids, and what points at them.
const ids = new Set();
for (const e of all("[id]")) {
  if (ids.has(e.id)) say("an id twice", e);
  ids.add(e.id);
}
for (const name of ["for", "aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage"])
  for (const e of all(`[${name}]`))
    for (const id of e.getAttribute(name).split(/\s+/).filter(Boolean)) if (!ids.has(id)) say(name + " points nowhere", e);

// 3.3.2 labels, 3.3.1 errors, 1.3.5 purposes.
for (const e of all("input:not([type=hidden]), select, textarea")) {
  if (e.placeholder && !e.labels?.length) say("a placeholder for a label", e);
  if (shown(e) && e.tabIndex >= 0 && !e.labels?.length && !e.ariaLabel) say("a control without a label", e);
  if (e.getAttribute("aria-invalid") === "true" && !e.getAttribute("aria-describedby")) say("an error without its reason", e);
  if (e.type === "password" && !["current-password", "new-password"].includes(e.autocomplete)) say("a password of no kind", e);
}
for (const e of all(".error")) if (!all("[aria-describedby]").some((c) => c.getAttribute("aria-describedby").split(" ").includes(e.id))) say("a message tied to nothing", e);

// 1.1.1 pictures and frames; 2.1.1, 2.4.3 the keyboard; 2.5.8 the size of what is pressed.
for (const e of all("img:not([alt]), svg:not([aria-hidden=true], [role=img]), iframe:not([title])")) say("without a name", e);
for (const e of all("[tabindex]")) if (e.tabIndex > 0) say("an order of its own", e);
for (const e of all("[aria-hidden=true]"))
  for (const f of [e, ...e.querySelectorAll("a, button, input, select, textarea")]) if (f.tabIndex >= 0 && f.matches("a, button, input, select, textarea")) say("hidden, yet reached by the tab key", f);
for (const e of all("a, button, input:not([type=hidden]), select, textarea, summary").filter((e) => shown(e) && e.tabIndex >= 0)) {
  const { width, height } = e.getBoundingClientRect();
  if (e.disabled || (e.tagName === "A" && getComputedStyle(e).display === "inline")) continue;
  if ((width < 24 || height < 24) && !(e.type === "checkbox" || e.type === "radio")) say("too small to press", e);
}
for (const e of all("a[target=_blank]")) if (!/noopener/.test(e.rel)) say("a window that may be steered", e);

// 1.4.10 reflow: nothing to scroll for sideways.
if (document.documentElement.scrollWidth > innerWidth) say(`wider than the screen: ${document.documentElement.scrollWidth} > ${innerWidth}`);
// 1.4.13, layout: no text is cut off.
for (const e of all("h1, h2, p, label, button, a, summary, li, span").filter((e) => shown(e) && !e.matches(".unseen")))
  if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).overflowX !== "visible") say("a text that is cut off", e);
return wrong;
