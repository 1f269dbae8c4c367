// Runs before the first paint: sets the theme, and says that scripts work.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  }

  function apply() {
    const theme = chosen();
    root.dataset.bsTheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
    root.dataset.themeChoice = theme;
  }

  window.portalTheme = {
    chosen,
    choose(theme) {
      try { localStorage.setItem("theme", theme); } catch { /* kept for this page only */ }
      apply();
    },
  };
  root.classList.add("js");
  dark.addEventListener("change", apply);
  apply();
})();
