// Small conveniences; every page works without them.

// Copy buttons.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = said; }, 1500);
});

// Buttons that print the page; without a script the browser's own menu does it.
const offerPrint = () => { for (const each of document.querySelectorAll("[data-print]")) each.hidden = false; };
offerPrint();
document.addEventListener("htmx:load", offerPrint);
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

// A menu closes when one clicks beside it or presses Escape.
const closeMenus = (but) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(but)) menu.removeAttribute("open");
  }
};
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement.closest("details.menu[open]");
  closeMenus(null);
  if (menu) menu.querySelector("summary").focus();
});

// One click is one request.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter && event.submitter.formTarget) return;  // into a frame beside the form
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post") {
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  }
});

// The end follows the start by the same length, until it is chosen by hand.
for (const form of document.querySelectorAll("form[data-times]")) {
  const at = (name) => form.elements[name];
  if (!at("start_date")) continue;
  const moment = (side) => new Date(`${at(side + "_date").value}T${at(side + "_time").value}Z`);
  let length = moment("end") - moment("start") || form.dataset.length * 60000;
  const follow = () => {
    if (!(length > 0)) return;
    const end = new Date(moment("start").getTime() + length);
    if (isNaN(end)) return;
    at("end_date").value = end.toISOString().slice(0, 10);
    at("end_time").value = end.toISOString().slice(11, 16);
  };
  for (const part of ["_date", "_time"]) {
    at("start" + part).addEventListener("change", follow);
    at("end" + part).addEventListener("change", () => { length = moment("end") - moment("start"); });
  }
}

// Deadlines within two days count down by the second; without a script their words stand.
const count = () => {
  for (const each of document.querySelectorAll("[data-until]")) {
    const left = Math.floor((new Date(each.dataset.until) - Date.now()) / 1000);
    if (left < 0 || left > 2 * 86400) continue;
    const two = (number) => String(number).padStart(2, "0");
    each.textContent = `${Math.floor(left / 3600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
  }
};
count();
setInterval(count, 1000);

// In the calendar the arrow keys go from day to day, Page Up and Page Down to other months.
document.addEventListener("keydown", (event) => {
  const here = event.target.closest("[data-grid] a.date-no");
  if (!here) return;
  const days = [...here.closest("[data-grid]").querySelectorAll("a.date-no")];
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
  const turn = { PageUp: "nav a:first-child", PageDown: "nav a:nth-child(3)" }[event.key];
  if (step) { const next = days[days.indexOf(here) + step]; if (next) next.focus(); }
  else if (turn) document.querySelector(`#month ${turn}`).click();
  else return;
  event.preventDefault();
});

// A click on the free space of a day, or an hour, proposes a window there; by keyboard it is the day's link.
document.addEventListener("click", (event) => {
  const cell = event.target.closest("[data-propose] td[data-day]");
  if (!cell || event.target.closest("a, button")) return;
  const { day, hour } = cell.dataset;
  const on = new URLSearchParams(hour ? { day, hour } : { day });
  window.location.assign(`${cell.closest("[data-propose]").dataset.propose}?${on}`);
});

// A window is moved by dragging it to another day, or hour: its move form opens with that filled in.
let dragged = null;
const under = (event) => dragged && event.target.closest("[data-grid] td[data-day]");
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest && event.target.closest("a[data-move]");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
  const cell = under(event);
  for (const each of document.querySelectorAll(".drop-here")) if (each !== cell) each.classList.remove("drop-here");
  if (!cell) return;
  event.preventDefault();
  cell.classList.add("drop-here");
});
document.addEventListener("dragend", () => {
  dragged = null;
  for (const each of document.querySelectorAll(".drop-here")) each.classList.remove("drop-here");
});
document.addEventListener("drop", (event) => {
  const cell = under(event);
  if (!cell) return;
  event.preventDefault();
  if (cell === dragged.closest("td")) return;
  const { day, hour } = cell.dataset;
  const to = new URLSearchParams(hour && hour !== dragged.dataset.move ? { day, hour } : { day });
  window.location.assign(`${dragged.href}/move?${to}`);
});
const offerDragging = () => {
  for (const each of document.querySelectorAll("[data-drag-hint]")) each.hidden = !document.querySelector("a[data-move]");
};
offerDragging();
document.addEventListener("htmx:load", offerDragging);
