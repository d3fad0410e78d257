// Keeps the part of the page that is marked data-live as the terminal sees it. The terminal sends the whole part as text; only what differs is changed, so that neither the keyboard's
// place nor a selection is lost.
"use strict";

const live = document.querySelector("[data-live]");
const lost = document.querySelector("[data-live-lost]");

function becomeInside(old, fresh) {
  const present = [...old.childNodes];
  const wanted = [...fresh.childNodes];
  wanted.forEach((node, i) => (i < present.length ? become(present[i], node) : old.append(node)));
  present.slice(wanted.length).forEach((node) => node.remove());
}

function become(old, fresh) {
  if (old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
  } else if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
  } else {
    // Whether a person has opened a details element is not the terminal's to say.
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    becomeInside(old, fresh);
  }
}

if (live) {
  // The terminal's own answer, encoded where it was rendered, and parsed without being run.
  const html = (text) => text;
  const trusted = window.trustedTypes ? trustedTypes.createPolicy("live", { createHTML: html }) : { createHTML: html };
  const source = new EventSource("/live?of=" + encodeURIComponent(live.dataset.live));
  source.addEventListener("open", () => (lost.hidden = true));
  source.addEventListener("show", (event) => becomeInside(live, new DOMParser().parseFromString(trusted.createHTML(event.data), "text/html").body));
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
