// Goes on once every application has been told, or after five seconds for those that don't answer.
"use strict";
const next = document.getElementById("continue");
if (next) {
  const go = () => location.replace(next.href);
  if (document.readyState === "complete") go();
  else {
    addEventListener("load", go);
    setTimeout(go, 5000);
  }
}
