// What a page needs beyond HTML. Every page works without it, except where a comment says so.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Theme: the button goes from automatic to light to dark.
  const themes = { auto: "light", light: "dark", dark: "auto" };
  const themeWords = { auto: "Colours follow this computer", light: "Light colours", dark: "Dark colours" };

  function showTheme(button) {
    const now = window.portalTheme.chosen();
    const words = `${themeWords[now]}. Change.`;
    button.hidden = false;
    button.title = words;
    button.querySelector("[data-theme-words]").textContent = words;
    all("[data-theme-icon]", button).forEach((icon) => { icon.hidden = icon.dataset.themeIcon !== now; });
  }

  all("[data-theme-toggle]").forEach((button) => {
    showTheme(button);
    button.addEventListener("click", () => {
      window.portalTheme.choose(themes[window.portalTheme.chosen()]);
      showTheme(button);
    });
  });

  // Navigation on a narrow screen, and the account menu.
  all("[data-menu]").forEach((button) => button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open);
    document.getElementById(button.getAttribute("aria-controls")).classList.toggle("open", open);
  }));

  function closeMenus(except) {
    all("details[data-menu-details][open]").forEach((menu) => {
      if (menu.contains(except)) return;
      const focused = menu.contains(document.activeElement);
      menu.open = false;
      if (focused) menu.querySelector("summary").focus();
    });
  }

  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(null);
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("search");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
  });

  // Print.
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // A second click must not send a form twice. The button comes back with the page, or after ten seconds.
  function release() {
    all("button[data-sent]").forEach((button) => { button.disabled = false; delete button.dataset.sent; });
  }

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (event.target.matches("[data-forget-drafts]")) forgetDrafts();
    setTimeout(() => {
      if (event.defaultPrevented || !button || event.target.method !== "post") return;
      button.disabled = true;
      button.dataset.sent = "";
      setTimeout(release, 10000);
    });
  });
  window.addEventListener("pageshow", release);

  // Drafts: what is typed stays in this tab until the server has taken it. A form that was sent keeps its
  // draft while the answer is the login page or an error page, so an ended session costs nothing.
  const user = document.body.dataset.user;
  const draftKey = (form) => `draft:${user}:${location.pathname}:${form.getAttribute("action") || form.id}`;
  const draftKeys = () => Object.keys(sessionStorage).filter((key) => key.startsWith("draft:"));
  const drafted = (form) => [...form.elements].filter((field) => field.name && field.name !== "csrfmiddlewaretoken"
    && !["hidden", "password", "file", "submit", "button"].includes(field.type));

  function forgetDrafts() {
    draftKeys().forEach((key) => sessionStorage.removeItem(key));
  }

  function read(key) {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
  }

  function write(key, draft) {
    try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* full or forbidden: no draft */ }
  }

  function values(form) {
    const kept = {};
    drafted(form).forEach((field) => {
      const choice = ["checkbox", "radio"].includes(field.type);
      const value = field.multiple ? [...field.selectedOptions].map((option) => option.value)
        : choice ? (field.checked ? field.value : null) : field.value;
      (kept[field.name] ||= []).push(value);
    });
    return kept;
  }

  function fill(form, kept) {
    const next = {};
    drafted(form).forEach((field) => {
      next[field.name] = (next[field.name] ?? -1) + 1;
      const value = kept[field.name]?.[next[field.name]];
      if (value === undefined) return;
      if (field.multiple) [...field.options].forEach((option) => { option.selected = value.includes(option.value); });
      else if (["checkbox", "radio"].includes(field.type)) field.checked = value !== null;
      else field.value = value;
    });
  }

  function offerToDiscard(form, key) {
    const note = document.createElement("p");
    const button = document.createElement("button");
    note.className = "draft-note";
    note.setAttribute("role", "status");
    note.textContent = "This is what you had typed before. ";
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = "Start afresh";
    button.addEventListener("click", () => { sessionStorage.removeItem(key); form.reset(); note.remove(); });
    note.append(button);
    form.prepend(note);
  }

  function guard(form) {
    if (form.dataset.guarded) return;
    form.dataset.guarded = "";
    const key = draftKey(form);
    const draft = read(key);
    const untouched = JSON.stringify(values(form));
    if (draft && !("bound" in form.dataset) && JSON.stringify(draft.kept) !== untouched) {
      fill(form, draft.kept);
      offerToDiscard(form, key);
    }
    form.addEventListener("input", () => write(key, { kept: values(form), sent: false }));
    form.addEventListener("submit", () => write(key, { kept: values(form), sent: true }));
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig.elt.closest("form[data-draft]");
    if (form && event.detail.xhr.status < 400) sessionStorage.removeItem(draftKey(form));
  });

  const taken = user && !("keepDrafts" in document.body.dataset);
  draftKeys().forEach((key) => {
    const draft = read(key);
    if (!draft?.sent) return;
    if (taken) sessionStorage.removeItem(key);
    else write(key, { ...draft, sent: false });
  });

  // A sentence that is selected in a text goes into the field that quotes it; without scripts people paste it.
  function quoteSelection() {
    const selection = document.getSelection();
    const field = document.querySelector("[data-quote]");
    const text = selection.anchorNode?.parentElement?.closest("[data-quotable]");
    const words = selection.toString().trim();
    if (!field || !text || !words || !text.contains(selection.focusNode)) return;
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  if (document.querySelector("[data-quotable]")) document.addEventListener("selectionchange", quoteSelection);

  // A region that scrolls by itself must be reachable with the keyboard.
  function reachable(root) {
    all(".table-responsive, table.table:not(.stack), .scroll-x", root).forEach((region) => {
      if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    });
    all(".beside", root).forEach((region) => {
      if (region.scrollHeight > region.clientHeight) region.tabIndex = 0;
    });
  }

  function prepare(root) {
    if (user) all("form[data-draft]", root).forEach(guard);
    reachable(root);
  }

  prepare(document);
  document.addEventListener("htmx:load", (event) => prepare(event.target.parentElement || document));
  document.querySelector("[data-focus]")?.focus();

  // A link to one question of a form leads into its field.
  if (location.hash) {
    const asked = document.getElementById(location.hash.slice(1));
    (asked?.matches("input, select, textarea") ? asked : asked?.querySelector("input, select, textarea"))?.focus();
  }
})();
