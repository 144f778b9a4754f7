// Drafts keep themselves. <form data-autosave="URL"> posts its fields after a pause, when a field is left, and when
// the page goes away. The answer is JSON: {"saved_at": "14.32 น.", "version": 7}; 409 may carry {"url": of the differences}
// or {"detail": the words of a refusal}. What else the answer carries by the name of a hidden control is put there.
// Words that could not be sent stay on this device, by person and form, with the version that they were written over,
// and are put back on the next visit. A form with data-mine was last saved by this person; a form
// with data-settles="URL" settles the differences of that draft.

const PAUSE = 800;
const LONGEST = 60000;
const PATIENCE = 8000;
const FOLLOWING = ["version", "base"];
const keyOf = (url) => `draft:${document.body.dataset.user}:${url}`;

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosave;
    this.line = form.querySelector("[data-save-state]") || document.querySelector("[data-save-state]");
    this.key = keyOf(this.url);
    this.wait = 1000;
    this.changes = 0;
    this.restore();
    form.addEventListener("input", () => this.changed(PAUSE));
    form.addEventListener("change", () => this.changed(0));
    form.addEventListener("focusout", () => this.pending && this.changed(0));
    form.addEventListener("submit", (event) => this.leave(event));
    window.addEventListener("pageshow", (event) => event.persisted && this.back());
    window.addEventListener("online", () => this.pending && this.send());
    document.addEventListener("visibilitychange", () => document.hidden && this.pending && this.send(true));
  }

  say(state, extra = "") {
    if (!this.line) return;
    this.line.dataset.state = state;
    this.line.textContent = [this.line.dataset[state], extra].filter(Boolean).join(" ");
  }

  words() {
    return [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken" && !this.isSecret(name));
  }

  isSecret(name) {
    return [...this.form.elements].some((control) => control.name === name && control.type === "password");
  }

  keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify({ words: this.words(), sent: this.submitted }));
    } catch {
      // A full or closed store must not stop the typing.
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Nothing was kept.
    }
  }

  restore() {
    let stored;
    try {
      stored = JSON.parse(localStorage.getItem(this.key));
    } catch {
      return;
    }
    if (!stored?.words) return;
    const values = new Map();
    for (const pair of stored.words) values.set(pair[0], [...(values.get(pair[0]) || []), pair]);
    const over = values.get("version")?.[0][1];
    const now = this.form.elements.version?.value;
    // The button was pressed and the server has a later version by the same person: the words arrived.
    if (stored.sent && "mine" in this.form.dataset && Number(now) > Number(over)) return this.forget();
    for (const name of FOLLOWING) if (values.has(name) && this.form.elements[name]) this.form.elements[name].value = values.get(name)[0][1];
    for (const control of this.form.elements) {
      if (!control.name || ["hidden", "file", "password", "submit", "button"].includes(control.type)) continue;
      const texts = (values.get(control.name) || []).map(([, text]) => text);
      if (control.type === "checkbox" || control.type === "radio") control.checked = texts.includes(control.value);
      else if (control.multiple) [...control.options].forEach((option) => (option.selected = texts.includes(option.value)));
      else if (texts.length) control.value = texts.shift(), values.set(control.name, texts.map((text) => [control.name, text]));
    }
    this.say("restored");
    this.changed(PAUSE);
  }

  changed(pause) {
    this.pending = true;
    this.changes += 1;
    this.keep();
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => this.send(), pause);
  }

  // The words arrive as a draft before the form goes, so that nobody meets themselves as somebody who wrote meanwhile,
  // and nothing stays behind on this device. A line that is too slow for that is not waited for.
  leave(event) {
    clearTimeout(this.timer);
    if (this.left || this.stopped || !(this.pending || this.busy)) return this.depart();
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.goesOn) return;
    this.goesOn = () => this.form.requestSubmit(event.submitter);
    setTimeout(() => this.go(), PATIENCE);
    this.send();
  }

  go() {
    const goesOn = this.goesOn;
    if (!goesOn) return;
    this.goesOn = null;
    this.left = true;
    goesOn();
  }

  depart() {
    this.stopped = this.submitted = true;
    if (this.pending) this.keep();
  }

  back() {
    this.stopped = this.submitted = this.left = this.busy = false;
  }

  async send(leaving = false) {
    if (this.stopped || (this.busy && !leaving)) return;
    await this.post(leaving);
    if (this.goesOn && this.arrived && this.pending) return this.send();
    this.go();
  }

  async post(leaving) {
    clearTimeout(this.timer);
    const sent = this.changes;
    const body = new FormData(this.form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    this.busy = true;
    this.arrived = false;
    this.sentChanges = sent;
    if (!["retrying", "conflict"].includes(this.line?.dataset.state)) this.say("saving");
    let answer, said;
    try {
      answer = await fetch(this.url, {
        method: "POST",
        body,
        keepalive: leaving,
        redirect: "manual",
        credentials: "same-origin",
        headers: { Accept: "application/json", "X-CSRFToken": body.get("csrfmiddlewaretoken") || "" },
      });
      said = answer.ok || answer.status === 409 ? await answer.json().catch(() => ({})) : {};
    } catch {
      answer = null;
    }
    // Until the answer is read the next words would be sent over the version before it.
    this.busy = false;
    if (!answer || answer.status >= 500 || answer.status === 429) return this.retry();
    if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) return this.end();
    if (answer.status === 409) return this.conflict(said);
    if (!answer.ok) return this.retry();
    this.wait = 1000;
    for (const name of FOLLOWING) if (said[name] !== undefined && this.form.elements[name]) this.form.elements[name].value = said[name];
    this.arrived = true;
    if (this.changes !== sent) return this.changed(PAUSE);
    this.pending = false;
    this.forget();
    this.say("saved", said.saved_at);
    this.form.dispatchEvent(new CustomEvent("draft:saved", { bubbles: true, detail: said }));
  }

  retry() {
    this.keep();
    this.say("retrying");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST);
  }

  end() {
    this.keep();
    this.stopped = true;
    this.say("ended");
    if (!this.line) return;
    const here = encodeURIComponent(location.pathname + location.search);
    this.link(`${this.line.dataset.signIn}?next=${here}`, this.line.dataset.endedLink);
  }

  link(address, words) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = words;
    this.line.append(" ", link);
    return link;
  }

  // The writing goes on: later words are sent too, so that the differences show the newest.
  conflict(said) {
    this.keep();
    if (this.goingTo) return location.assign(this.goingTo);
    this.say("conflict");
    if (said.detail && this.line) this.line.textContent = said.detail;
    if (this.changes !== this.sentChanges) this.timer = setTimeout(() => this.send(), PAUSE);
    if (!said.url || !this.line) return;
    const link = this.link(said.url, this.line.dataset.conflictLink);
    link.addEventListener("click", (event) => {
      if (this.changes === this.sentChanges && !this.busy) return;
      event.preventDefault();
      this.goingTo = link.href;
      this.send();
    });
  }
}

document.querySelectorAll("form[data-autosave]").forEach((form) => new Draft(form));
document.querySelectorAll("form[data-settles]").forEach((form) => form.addEventListener("submit", () => localStorage.removeItem(keyOf(form.dataset.settles))));
