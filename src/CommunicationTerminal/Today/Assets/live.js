// Keeps the part of the page that is marked data-live as the terminal sees it. The terminal sends the whole part as text; become.js shows it.
"use strict";

const live = document.querySelector("[data-live]");
const lost = document.querySelector("[data-live-lost]");

if (live) {
  const source = new EventSource("/live?of=" + encodeURIComponent(live.dataset.live));
  source.addEventListener("open", () => (lost.hidden = true));
  source.addEventListener("show", (event) => show(live, event.data));
  source.addEventListener("full", () => {
    source.close();
    lost.hidden = false;
  });
  // Locked or signed out: the page that is asked for anew says which.
  source.addEventListener("end", () => location.reload());
  source.addEventListener("error", () => {
    lost.hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
}
