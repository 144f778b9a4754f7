// Says at once when a chosen file is too large; the server checks again, and more.
// <input type="file" data-max-bytes="…" data-too-large="%name% …">

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches("input[type=file][data-max-bytes]")) return;
  const large = [...input.files].find((file) => file.size > Number(input.dataset.maxBytes));
  const text = large ? input.dataset.tooLarge.replace("%name%", large.name).replace("%size%", Math.ceil(large.size / 1048576)) : "";
  input.setCustomValidity(text);
  if (text) input.reportValidity();
});
