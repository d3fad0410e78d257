// Shows what a program rendered in a part of its page. Only what differs is changed, so that neither the keyboard's place nor a selection is lost.
"use strict";

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
    // Whether a person has opened a details element is not the program's to say.
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    becomeInside(old, fresh);
  }
}

// The program's own answer, encoded where it was rendered, and parsed without being run.
const asWritten = { createHTML: (html) => html };
const trusted = window.trustedTypes ? trustedTypes.createPolicy("become", asWritten) : asWritten;

function show(part, html) {
  becomeInside(part, new DOMParser().parseFromString(trusted.createHTML(html), "text/html").body);
}
