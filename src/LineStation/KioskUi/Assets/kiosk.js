// Shows the station's screen, says when the station can't be reached, and sends what a wedge scanner or a person types. No key but Enter means anything by itself.
"use strict";

const part = document.getElementById("screen");
const lost = document.getElementById("lost");
const typing = document.getElementById("typing");
const key = document.body.dataset.key;
const Silence = 3000;
let heard = performance.now();
let source;
let wait = 500;

function alive(html) {
  heard = performance.now();
  wait = 500;
  lost.hidden = true;
  if (html !== undefined) {
    show(part, html);
    fit();
  }
}

// A word wider than the screen is set narrower, as signs are; its height stays.
function fit() {
  const verdict = document.querySelector(".verdict");
  if (!verdict) return;
  verdict.style.transform = "";
  const room = part.clientWidth - 32;
  if (verdict.scrollWidth > room) verdict.style.transform = `scaleX(${room / verdict.scrollWidth})`;
}

function connect() {
  source?.close();
  source = new EventSource("/live");
  // Another key: another run of the station, perhaps another version. Its page is asked for anew.
  source.addEventListener("hello", (event) => (event.data === key ? alive() : location.reload()));
  source.addEventListener("show", (event) => alive(event.data));
  source.addEventListener("beat", () => alive());
  source.addEventListener("error", () => {
    source.close();
    setTimeout(retry, wait);
    wait = Math.min(wait * 2, 3000);
  });
}

// Where a stream can't be had, the screen is asked for now and then.
async function retry() {
  try {
    const answer = await fetch("/screen", { signal: AbortSignal.timeout(2000) });
    if (answer.ok) alive(await answer.text());
  } catch {
    // Still gone.
  }
  connect();
}

setInterval(() => {
  if (performance.now() - heard < Silence || !lost.hidden) return;
  lost.querySelector("time").textContent = new Date(Date.now() - (performance.now() - heard)).toTimeString().slice(0, 8);
  lost.hidden = false; // covers everything: no old verdict is left to be seen
  connect();
}, 500);

const send = (path, body) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Form-Key": key }, body: JSON.stringify(body) });

function acknowledge() {
  const button = document.querySelector("[data-acknowledge]");
  if (button) send("/acknowledge", { sequence: Number(button.dataset.acknowledge) });
}

let keys = [];
let flush;
let ended = -1000;
const Controls = { j: "Enter", m: "Enter", b: "\u0002", c: "\u0003" };

addEventListener("keydown", (event) => {
  if (typing.open || event.altKey || event.metaKey) return;
  let name = event.key;
  if (event.ctrlKey) name = Controls[name.toLowerCase()];
  else if (name === "Process" || event.isComposing) name = "\uFFFD"; // an input method is on: this is no code
  if (!name || (name.length > 1 && name !== "Enter")) return;
  if (keys.length === 0 && (name === "Enter" || name === " ")) {
    if (event.timeStamp - ended < 200) event.preventDefault(); // the LF of a scanner's CRLF
    else if (name === "Enter" && !document.activeElement?.matches("button, a")) acknowledge();
    return;
  }
  event.preventDefault();
  keys.push({ key: name, milliseconds: event.timeStamp });
  clearTimeout(flush);
  if (name === "Enter" || keys.length >= 200) {
    ended = event.timeStamp;
    deliver();
  } else {
    flush = setTimeout(deliver, 250);
  }
});

function deliver() {
  const taken = keys;
  keys = [];
  if (taken.length > 0) send("/keys", taken).catch(() => {});
}

addEventListener("click", (event) => {
  if (event.target.closest("[data-acknowledge]")) acknowledge();
  if (event.target.closest("[data-type]")) typing.showModal();
  if (event.target.closest("[data-close]")) typing.close();
});

typing.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const problem = form.querySelector(".problem");
  problem.hidden = true;
  const answer = await send("/typed", { first: form.first.value.toUpperCase(), second: form.second.value.toUpperCase() }).catch(() => ({ ok: false }));
  problem.hidden = answer.ok;
  if (!answer.ok) return;
  form.reset();
  typing.close();
});

fit();
addEventListener("resize", fit);
connect();
