// Sets the colours before anything is drawn, so that a page never flashes in the wrong ones. Not a module: those run late.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("saga.theme");
  } catch {
    // Storage is off: follow the system.
  }
  if (chosen === "dark" || chosen === "light") {
    document.documentElement.dataset.theme = chosen;
  }
})();
