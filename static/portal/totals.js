// A preview of totals while typing; the server's own total is the truth.
// <tr data-line><input data-quantity><input data-price><output data-line-total></tr> … <output data-grand-total>

const DIGITS = "๐๑๒๓๔๕๖๗๘๙";
const clean = (text) => text.replace(/[๐-๙]/g, (digit) => DIGITS.indexOf(digit)).replace(/[,\s]/g, "");

// Whole satang in BigInt: thousandths of a quantity times satang, rounded half up.
function scaled(text, places) {
  const match = clean(text).match(/^(\d+)(?:\.(\d*))?$/);
  if (!match) return null;
  return BigInt(match[1] + (match[2] || "").slice(0, places).padEnd(places, "0"));
}
const show = (satang) => {
  const baht = (satang / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${baht}.${(satang % 100n).toString().padStart(2, "0")}`;
};

function recount(root) {
  let grand = 0n;
  root.querySelectorAll("[data-line]").forEach((line) => {
    const quantity = scaled(line.querySelector("[data-quantity]")?.value || "1", 3);
    const price = scaled(line.querySelector("[data-price]")?.value || "", 2);
    const total = quantity === null || price === null ? null : (quantity * price + 500n) / 1000n;
    const shown = line.querySelector("[data-line-total]");
    if (shown) shown.textContent = total === null ? "–" : show(total);
    grand += total || 0n;
  });
  root.querySelectorAll("[data-grand-total]").forEach((shown) => (shown.textContent = show(grand)));
}

document.querySelectorAll("[data-totals]").forEach((root) => {
  root.addEventListener("input", () => recount(root));
  recount(root);
});
