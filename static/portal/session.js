// Warns before the portal signs people out who were away, in any tab, and says so once it has. <aside data-idle="1800"
// data-stay="URL"> holds both texts; a GET of the URL counts as being here.

const WARNING = 300;
const KEY = "used";
const bar = document.querySelector("aside[data-idle]");

function used() {
  try {
    localStorage.setItem(KEY, String(Date.now()));
  } catch {
    // Without a store each tab counts for itself.
  }
  seen = Date.now();
}

function idle() {
  const elsewhere = Number(localStorage.getItem(KEY)) || 0;
  return (Date.now() - Math.max(seen, elsewhere)) / 1000;
}

function look() {
  const [warn, end] = bar.querySelectorAll("[data-when]");
  const left = Number(bar.dataset.idle) - idle();
  end.hidden = left > 0;
  warn.hidden = left <= 0 || left > WARNING;
  bar.hidden = end.hidden && warn.hidden;
}

async function stay() {
  const answer = await fetch(bar.dataset.stay, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  if (answer?.ok) used();
  else if (answer) seen = 0, localStorage.removeItem(KEY);
  look();
}

let seen = Date.now();
if (bar) {
  used();
  bar.querySelector("button").addEventListener("click", stay);
  for (const name of ["draft:saved", "htmx:afterRequest"]) document.addEventListener(name, () => (used(), look()));
  document.addEventListener("visibilitychange", look);
  setInterval(look, 15000);
}
