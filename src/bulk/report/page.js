"use strict";
// Tables are sorted by a click on a heading; `#sort=TABLE:COLUMN:descending` in the address does it at the start, `#filter=TEXT` filters.
const value = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
};
const order = new Intl.Collator("en", { numeric: true });
function sort(table, column, direction) {
  const sign = direction === "descending" ? -1 : 1;
  const rows = Array.from(table.tBodies[0].rows);
  const keys = new Map(rows.map((row) => [row, value(row, column)]));
  rows.sort((one, other) => {
    const [a, b] = [keys.get(one), keys.get(other)];
    return sign * (typeof a === "number" ? a - b : order.compare(a, b));
  });
  table.tBodies[0].append(...rows);
  for (const heading of table.tHead.rows[0].cells) heading.removeAttribute("aria-sort");
  table.tHead.rows[0].cells[column].setAttribute("aria-sort", direction);
}
for (const table of document.querySelectorAll("table")) {
  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement("button");
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const first = heading.classList.contains("number") ? "descending" : "ascending";
      const now = heading.getAttribute("aria-sort");
      sort(table, column, now === null ? first : now === "ascending" ? "descending" : "ascending");
    });
  });
}
const filter = document.getElementById("filter");
function apply() {
  const wanted = filter.value.trim().toLowerCase();
  let shown = 0;
  const rows = document.getElementById("repositories").tBodies[0].rows;
  for (const row of rows) {
    row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = wanted === "" ? "" : `${shown} of ${rows.length}`;
}
filter.addEventListener("input", apply);
for (const part of decodeURIComponent(location.hash.slice(1)).split("&")) {
  const [name, text] = [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)];
  if (name === "sort") {
    const [id, column, direction] = text.split(":");
    const table = document.getElementById(id);
    if (table instanceof HTMLTableElement && table.tHead.rows[0].cells[Number(column)]) sort(table, Number(column), direction === "descending" ? "descending" : "ascending");
  } else if (name === "filter") {
    filter.value = text;
    apply();
  }
}
