// Menus that open from a button: one press, Escape or leaving shuts them.

export function makeMenu(menu) {
  const shut = () => {
    menu.open = false;
  };
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    shut();
    menu.querySelector("summary").focus();
    event.stopPropagation();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) shut();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) shut();
    else if (event.target.closest("li")) shut();
  });
  window.addEventListener("hashchange", shut);
  return shut;
}
