// Pages with state of their own: choosing rows for one action, and the visit form's chips.
import Alpine from "@alpinejs/csp";

// Rows of a table ticked for one action on all of them.
Alpine.data("selection", () => ({
  count: 0,
  total: 0,
  init() {
    this.total = this.boxes().length;
    this.recount();
  },
  boxes() {
    return [...this.$root.querySelectorAll("input[data-row]")];
  },
  recount() {
    const boxes = this.boxes();
    this.count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr, li").classList.toggle("row-selected", box.checked);
    const all = this.$root.querySelector("input[data-all]");
    if (all) {
      all.checked = this.count > 0 && this.count === boxes.length;
      all.indeterminate = this.count > 0 && this.count < boxes.length;
    }
  },
  toggleAll(event) {
    for (const box of this.boxes()) box.checked = event.target.checked;
    this.recount();
  },
  clear() {
    for (const box of this.boxes()) box.checked = false;
    this.recount();
  },
  get some() {
    return this.count > 0;
  },
  get look() {
    return this.count > 0 ? "is-stuck" : "";
  },
  get none() {
    return this.count === 0;
  },
}));

// A choice that shows or hides parts of the form: <form x-data="choice" data-choice="outcome">
// and parts with data-when="done refused". Without this script every part shows.
Alpine.data("choice", () => ({
  init() {
    this.read();
  },
  read() {
    const checked = this.$root.querySelector(`input[name="${this.$root.dataset.choice}"]:checked`);
    const value = checked ? checked.value : "";
    for (const part of this.$root.querySelectorAll("[data-when]")) {
      part.hidden = !part.dataset.when.split(" ").includes(value);
    }
  },
}));

// Minutes by plus and minus, for a thumb.
Alpine.data("stepper", () => ({
  step(amount) {
    const input = this.$refs.input;
    const value = Number.parseInt(input.value || "0", 10) + amount;
    input.value = String(Math.max(Number(input.min || 0), value));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  },
  less() {
    this.step(-5);
  },
  more() {
    this.step(5);
  },
}));

Alpine.start();
