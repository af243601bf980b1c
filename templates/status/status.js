/* What the page can do without is added here: the reader's own time, a countdown, a copy button. */
"use strict";
(() => {
  const main = document.getElementById("content");
  const language = { nl: "nl-NL", en: "en-GB" }[document.documentElement.lang];

  const copy = (button) => {
    const input = button.parentElement.querySelector("input");
    const label = button.innerHTML;
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(input.value);
      button.textContent = button.dataset.copied;
    });
    button.addEventListener("blur", () => { button.innerHTML = label; });
  };

  const own = new Intl.DateTimeFormat(language, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });
  const clock = (format, instant) => format.formatToParts(instant)
    .filter((part) => ["day", "hour", "minute"].includes(part.type)).map((part) => part.value).join(":");
  const yourTime = (times) => {
    const [start, end] = times.querySelectorAll("time");
    const theirs = new Intl.DateTimeFormat(language, {
      day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: times.dataset.zone,
    });
    const begin = new Date(start.dateTime);
    if (clock(theirs, begin) === clock(own, begin)) return;
    const line = document.createElement("span");
    line.className = "yours";
    line.textContent = main.dataset.yourTime.replace("{when}", own.formatRange(begin, new Date(end.dateTime)));
    times.append(line);
  };

  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const day = (instant, zone) =>
    Date.parse(new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(instant)) / 86400000;
  /* "Tomorrow" is a date, that of the window's own zone, and not so many hours ahead. */
  const ahead = (start, now, zone) => {
    const minutes = Math.floor((start - now) / 60000);
    if (minutes >= 1440) return relative.format(day(start, zone) - day(now, zone), "day");
    return minutes >= 60
      ? relative.format(Math.floor(minutes / 60), "hour")
      : relative.format(Math.max(1, minutes), "minute");
  };
  const countdown = (time) => {
    const start = new Date(time.dateTime);
    const now = new Date();
    let shown = time.querySelector(".countdown");
    if (!shown) {
      shown = document.createElement("span");
      shown.className = "countdown";
      time.append(shown);
    }
    shown.textContent = start > now ? ` (${ahead(start, now, time.closest("[data-zone]").dataset.zone)})` : "";
  };

  document.querySelectorAll("[data-copy]").forEach(copy);
  document.querySelectorAll(".times").forEach(yourTime);
  const counting = [...document.querySelectorAll("[data-countdown]")];
  const tick = () => counting.forEach(countdown);
  tick();
  setInterval(tick, 30000);
})();
