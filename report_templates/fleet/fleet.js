"use strict";
(() => {
  const table = document.getElementById("customers");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const field = document.getElementById("filter");
  const state = document.getElementById("state");
  const count = document.getElementById("count");
  const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
  const numeric = (text) => text !== "" && !Number.isNaN(Number(text));
  const compare = (a, b) => (numeric(a) && numeric(b) ? a - b : a.localeCompare(b, "en", { numeric: true }));

  function sortBy(heading, column) {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    rows.sort((a, b) => compare(key(a, column), key(b, column)) * (down ? -1 : 1));
    body.append(...rows);
  }

  function show() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const hit = words.every((word) => text.includes(word)) && (!state.value || row.dataset.state === state.value);
      row.hidden = !hit;
      shown += hit;
    }
    count.textContent = `${shown} of ${rows.length} shown`;
  }

  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(heading, column));
  });
  field.addEventListener("input", show);
  state.addEventListener("change", show);
  document.getElementById("tools").hidden = false;
  show();
})();
