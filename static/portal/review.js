// The score form while it is filled in: the running total, and which scores want a reason. The server has the last word.

const DIGITS = "๐๑๒๓๔๕๖๗๘๙";

function scoreIn(text) {
  const plain = text.replace(/[๐-๙]/g, (digit) => DIGITS.indexOf(digit)).replace(/,/g, "").trim();
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

const form = document.querySelector("form[data-review]");
const total = document.querySelector("[data-total]");

function look() {
  let sum = 0;
  form.querySelectorAll("[data-max]").forEach((row) => {
    const max = Number(row.dataset.max);
    const score = scoreIn(row.querySelector("[name^=score-]").value);
    const fits = score !== null && score <= max;
    if (fits) sum += Math.round(score * 100);
    const share = (score * 100) / max;
    const wants = fits && (share < Number(form.dataset.below) || share > Number(form.dataset.above));
    row.classList.toggle("wants-reason", wants);
    row.querySelector("[name^=why-]").toggleAttribute("aria-required", wants);
    if (wants) row.querySelector("[name^=why-]").setAttribute("aria-required", "true");
  });
  total.textContent = String(sum / 100);
}

if (form && total) {
  form.addEventListener("input", look);
  form.addEventListener("draft:saved", (event) => {
    const errors = event.detail.errors || {};
    form.querySelectorAll("[data-error]").forEach((line) => {
      const text = errors[line.dataset.error] || "";
      line.textContent = text;
      form.elements[line.dataset.error].toggleAttribute("aria-invalid", Boolean(text));
      if (text) form.elements[line.dataset.error].setAttribute("aria-invalid", "true");
    });
  });
  look();
}
