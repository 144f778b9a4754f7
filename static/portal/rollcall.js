// The roll call on a phone: how many are there, everybody at once, a name found while typing.

for (const form of document.querySelectorAll("form[data-rollcall]")) {
  const boxes = [...form.querySelectorAll("input[name=present]")];
  const count = form.querySelector("[data-count]");
  const recount = () => (count.textContent = boxes.filter((box) => box.checked).length);
  form.addEventListener("change", recount);
  form.querySelector("[data-everybody]").addEventListener("click", () => {
    boxes.forEach((box) => (box.checked = true));
    recount();
  });
  form.querySelector("[data-find]").addEventListener("input", (event) => {
    const sought = event.target.value.trim().toLowerCase();
    form.querySelectorAll("[data-name]").forEach((row) => (row.hidden = !row.dataset.name.toLowerCase().includes(sought)));
  });
  form.querySelector("[data-tools]").hidden = false;
  recount();
}
