"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const bodies = [...$("requirements").tBodies];
  const texts = new Map(bodies.flatMap((body) => [...body.rows])
    .map((row) => [row, row.textContent.toLowerCase()]));

  function filter() {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const body of bodies) {
      const rows = [...body.rows].filter((row) => row.dataset.differs);
      for (const row of rows) {
        row.hidden = ($("differs").checked && row.dataset.differs === "no")
          || !words.every((word) => texts.get(row).includes(word));
      }
      body.hidden = rows.every((row) => row.hidden);
    }
  }

  $("tools").hidden = false;
  $("tools").addEventListener("input", filter);
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
