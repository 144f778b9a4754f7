// Focus goes where the eye should: to the error summary, and back to its place after htmx has swapped.

const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

document.addEventListener("click", (event) => {
  const link = event.target.closest(".errors a[href^='#']");
  if (!link) return;
  const control = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!control) return;
  event.preventDefault();
  control.focus();
  control.scrollIntoView({ block: "center" });
});

let leftAt = null;
document.addEventListener("htmx:beforeSwap", () => {
  const active = document.activeElement;
  leftAt = active && active !== document.body ? { id: active.id, name: active.name } : null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!leftAt || (document.activeElement && document.activeElement !== document.body)) return;
  const again = (leftAt.id && document.getElementById(leftAt.id)) || (leftAt.name && document.querySelector(`[name="${CSS.escape(leftAt.name)}"]`));
  const place = again || event.detail.target;
  if (!again) place.setAttribute("tabindex", "-1");
  place.focus({ preventScroll: true });
});

// A form that takes a step is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  form.querySelectorAll("[type=submit]").forEach((button) => button.setAttribute("aria-disabled", "true"));
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[type=submit]").forEach((button) => button.removeAttribute("aria-disabled"));
  });
});

// Menus close on Escape and on a click beside them.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("[data-menu][open]");
  if (!open) return;
  open.removeAttribute("open");
  open.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  document.querySelectorAll("[data-menu][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  });
});

// A folded choice of several says at once what is chosen.
document.addEventListener("change", (event) => {
  const several = event.target.closest("[data-several]");
  if (!several) return;
  const said = several.querySelector("[data-chosen]");
  const labels = [...several.querySelectorAll("input:checked")].map((box) => box.labels[0].textContent.trim());
  said.textContent = labels.join(", ") || said.dataset.none;
});

function offerPrint(root) {
  root.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.onclick = () => window.print();
  });
}
offerPrint(document);
document.addEventListener("htmx:afterSettle", (event) => offerPrint(event.target));

// The language switch stays on the page as it is now, filters that htmx has pushed included.
document.addEventListener("submit", (event) => {
  if (event.target.matches(".lang")) event.target.elements.next.value = location.pathname + location.search;
});
