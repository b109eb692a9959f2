"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const tools = $("tools"), search = $("search"), area = $("area"), level = $("level");
  const boxes = [...tools.elements.outcome ? tools.querySelectorAll("[name=outcome]") : []];
  const groups = [...$("requirements").tBodies].map((body) => ({
    body,
    rows: [...body.rows].filter((row) => row.dataset.outcome).map((row) => ({
      row, words: row.textContent.toLowerCase(),
    })),
  }));

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let visible = 0;
    for (const { body, rows } of groups) {
      let here = 0;
      for (const { row, words: text } of rows) {
        const shown = (!area.value || body.dataset.area === area.value)
          && (!level.value || row.dataset.level === level.value)
          && (!outcomes.size || outcomes.has(row.dataset.outcome))
          && words.every((word) => text.includes(word));
        row.hidden = !shown;
        here += shown;
      }
      body.hidden = !here;
      visible += here;
    }
    $("visible").textContent = visible;
    $("nothing").hidden = visible > 0;
  }

  function reset() { tools.reset(); filter(); }

  function copier(box) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    if (navigator.clipboard) box.append(button);
  }

  tools.hidden = false;
  tools.addEventListener("input", filter);
  tools.addEventListener("submit", (event) => event.preventDefault());
  $("reset").addEventListener("click", reset);
  document.querySelectorAll("a[data-area]").forEach((link) => link.addEventListener("click", () => {
    tools.reset(); area.value = link.dataset.area; filter();
  }));
  document.querySelectorAll("a[href^='#r-']").forEach((link) => link.addEventListener("click", reset));
  document.querySelectorAll(".rerun").forEach(copier);
  function reveal() {
    const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (there instanceof HTMLDetailsElement) there.open = true;
  }
  addEventListener("hashchange", reveal);
  reveal();
  addEventListener("beforeprint", () => {
    document.querySelectorAll("article details").forEach((details) => { details.open = true; });
  });
  filter();
})();
