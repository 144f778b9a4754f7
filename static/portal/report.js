// What does not fit in a report that keeps itself is named beside its box, while the rest is saved.

for (const form of document.querySelectorAll("form[data-report]")) {
  form.addEventListener("draft:saved", (event) => {
    const errors = event.detail.errors || {};
    for (const control of form.elements) {
      if (!control.name || !control.id) continue;
      const messages = errors[control.name];
      const id = `${control.id}_live_error`;
      document.getElementById(id)?.remove();
      control.toggleAttribute("aria-invalid", false);
      if (!messages) continue;
      control.setAttribute("aria-invalid", "true");
      const note = document.createElement("p");
      note.id = id;
      note.className = "field-error";
      note.textContent = messages.join(" ");
      control.before(note);
    }
  });
}
