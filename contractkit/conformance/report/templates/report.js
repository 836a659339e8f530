"use strict";
{
  const form = document.getElementById("filter");
  const words = document.getElementById("words");
  const attention = document.getElementById("attention");
  const shown = document.getElementById("shown");
  const items = [...document.querySelectorAll("[data-item]")];
  const sections = [...document.querySelectorAll("[data-section]")].reverse();
  const texts = items.map((item) => (item.textContent + " " + item.title).toLowerCase());
  const opened = new Map([...document.querySelectorAll("details[data-section]")].map((each) => [each, each.open]));

  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filtering = wanted.length > 0 || attention.checked;
    let count = 0;
    items.forEach((item, index) => {
      const fits = wanted.every((word) => texts[index].includes(word)) && !(attention.checked && item.dataset.calm === "yes");
      item.hidden = !fits;
      count += fits;
    });
    for (const section of sections) {
      section.hidden = filtering && !section.querySelector("[data-item]:not([hidden])");
    }
    for (const [details, before] of opened) details.open = filtering || before;
    shown.textContent = filtering ? `${count} of ${items.length} entries shown` : "";
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  words.addEventListener("input", apply);
  attention.addEventListener("change", apply);
  if (words.value || attention.checked) apply();

  const reveal = () => {
    for (const each of document.querySelectorAll("details")) each.open = true;
  };
  window.addEventListener("beforeprint", reveal);
}
