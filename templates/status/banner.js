/* Puts the maintenance banner where this script stands; it is empty while there is nothing to tell. */
"use strict";
(() => {
  const script = document.currentScript;
  const { service = "all", lang = "" } = script.dataset;
  const frame = document.createElement("iframe");
  frame.src = new URL(`${service}${lang && `?lang=${lang}`}`, script.src);
  frame.title = lang === "nl" ? "Onderhoud" : "Maintenance";
  Object.assign(frame.style, { display: "block", width: "100%", height: "0", border: "0" });
  addEventListener("message", ({ source, data }) => {
    if (source === frame.contentWindow) frame.style.height = `${Number(data.maintenanceHeight) || 0}px`;
  });
  script.after(frame);
})();
