// Runs before the first paint, so that a page never flashes in the wrong colours: the server has
// written the chosen theme into data-bs-theme, and "auto" follows the device.
(function () {
  var root = document.documentElement;
  root.classList.add("js");
  var device = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    if (root.dataset.theme === "auto") {
      root.setAttribute("data-bs-theme", device.matches ? "dark" : "light");
    }
  }
  apply();
  device.addEventListener("change", apply);
})();
