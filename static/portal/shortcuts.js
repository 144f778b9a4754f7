// "/" search, "j" and "k" next and previous row, or case, "?" the list of keys, by the key's place where the keyboard is set to
// Thai. Off when the person says so.

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-rows] > li a:first-of-type, table.list tbody th a")].filter((link) => link.offsetParent);

function step(by) {
  const links = rows();
  if (!links.length) return document.querySelector(by > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next].focus();
  links[next].scrollIntoView({ block: "nearest" });
}

const actions = {
  "/": () => [...document.querySelectorAll("[data-search], main [type=search]")].find((box) => box.offsetParent)?.focus(),
  j: () => step(1),
  k: () => step(-1),
  "?": () => document.getElementById("shortcuts")?.showModal(),
};

const THAI = /^[\u0e00-\u0e7f]$/;
const PLACES = { KeyJ: "j", KeyK: "k", Slash: "/" };
const nameOf = (event) => (!THAI.test(event.key) ? event.key : event.code === "Slash" && event.shiftKey ? "?" : PLACES[event.code]);

if (document.body.dataset.shortcuts !== "off") {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || document.querySelector("dialog[open]")) return;
    const action = actions[nameOf(event)];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
