/* Tells the page around the banner how high the banner is. */
"use strict";
(() => {
  const main = document.getElementById("content");
  const tell = () => parent.postMessage({ maintenanceHeight: Math.ceil(main.getBoundingClientRect().height) }, "*");
  new ResizeObserver(tell).observe(main);
})();
