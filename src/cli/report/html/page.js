"use strict";
(() => {
  const table = document.getElementById("certificates");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row, place) => ({
    row, place, status: row.className, end: Number(row.dataset.end),
    name: row.cells[2].firstChild ? row.cells[2].firstChild.textContent : "",
    text: row.textContent.toLowerCase(),
  }));
  const search = document.getElementById("search");
  const boxes = Array.from(document.querySelectorAll("input[name=status]"));
  const shown = document.getElementById("shown");
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const { row, status, text } of rows) {
      const is = wanted.has(status) && words.every((word) => text.includes(word));
      if (row.hidden === is) row.hidden = !is;
      if (is) count += 1;
    }
    shown.textContent = `${count} of ${rows.length} shown`;
  };
  const orders = {
    status: (one, other) => other.place - one.place,
    end: (one, other) => one.end - other.end || one.place - other.place,
    name: (one, other) => one.name.localeCompare(other.name) || one.place - other.place,
  };
  const heads = Array.from(table.tHead.querySelectorAll("th[data-sort]"));
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction);
      const order = orders[head.dataset.sort];
      rows.sort(direction === "ascending" ? order : (one, other) => order(other, one));
      body.append(...rows.map(({ row }) => row));
    });
  }
  search.addEventListener("input", filter);
  for (const box of boxes) box.addEventListener("change", filter);
  document.getElementById("controls").hidden = false;
  filter();
})();
