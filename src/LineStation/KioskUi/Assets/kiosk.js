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
    if (!part.querySelector("[data-state=Idle]")) stopTyping(); // the keypad covers no verdict
  }
}

// A word wider than the screen is set narrower, as signs are; its height stays.
function fit() {
  const verdict = document.querySelector(".verdict");
  if (!verdict) return;
  verdict.style.transform = verdict.style.marginInline = "";
  const room = verdict.parentElement.clientWidth - 48;
  const width = verdict.scrollWidth;
  if (width <= room) return;
  verdict.style.transform = `scaleX(${room / width})`;
  verdict.style.marginInline = `${(room - width) / 2}px`; // what is left free takes no room, so nothing scrolls sideways
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
  stopTyping();
  lost.hidden = false; // covers everything: no old verdict is left to be seen
  connect();
}, 500);

const send = (path, body) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-Form-Key": key }, body: JSON.stringify(body) });

function acknowledge(touched) {
  const button = document.querySelector("[data-acknowledge]");
  if (button) send("/acknowledge", { sequence: Number(button.dataset.acknowledge), touched }).catch(() => {});
}

let keys = [];
let flush;
let ended = -1000;
const Controls = { j: "Enter", m: "Enter", b: "\u0002", c: "\u0003" };
const Fast = 50; // a person's next key takes longer than this many milliseconds, a wedge scanner's does not

addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey) return;
  let name = event.key;
  if (event.ctrlKey) name = Controls[name.toLowerCase()];
  else if (name === "Process" || event.isComposing) name = "\uFFFD"; // an input method is on: this is no code
  if (!name || (name.length > 1 && name !== "Enter")) return;
  if (typing.open) {
    whileTyping(event, name);
    return;
  }
  if (keys.length === 0 && (name === "Enter" || name === " ")) {
    if (event.timeStamp - ended < 200) event.preventDefault(); // the LF of a scanner's CRLF
    else if (name === "Enter" && !document.activeElement?.matches("button, a")) acknowledge(false);
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

// The keypad is open and somebody scans: that is a scan, and the keypad is over. What a person types is left to the field.
let burst = [];

function whileTyping(event, name) {
  keepTyping();
  if (burst.length > 0 && event.timeStamp - burst.at(-1).milliseconds > Fast) burst = [];
  burst.push({ key: name, milliseconds: event.timeStamp });
  if (name !== "Enter" || burst.length <= 6) return;
  event.preventDefault();
  ended = event.timeStamp;
  typing.close();
  send("/keys", burst).catch(() => {});
}

function deliver() {
  const taken = keys;
  keys = [];
  if (taken.length > 0) send("/keys", taken).catch(() => {});
}

const form = typing.querySelector("form");
const problem = form.querySelector(".problem");
let forgotten;
let field = form.first;

function keepTyping() {
  clearTimeout(forgotten);
  forgotten = setTimeout(stopTyping, 60000); // it hides what comes over the screen
}

function stopTyping() {
  if (typing.open) typing.close();
}

typing.addEventListener("close", () => {
  clearTimeout(forgotten);
  burst = [];
  form.reset();
  problem.hidden = true;
});

function press(key) {
  const at = field.value;
  if (key === "") field.value = at.slice(0, -1);
  else if (at.length < field.maxLength) field.value = at + (at.length === 4 && key !== "-" ? "-" : "") + key;
  field.focus();
  if (field === form.first && field.value.length === field.maxLength && key !== "") form.second.focus();
}

addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-press]");
  if (pressed) press(pressed.dataset.press);
  if (event.target.closest("[data-acknowledge]")) acknowledge(event.detail > 0); // 0 where a key pressed the button
  if (event.target.closest("[data-close]")) stopTyping();
  if (event.target.closest("[data-type]")) {
    typing.showModal();
    form.first.focus();
  }
  if (typing.open) keepTyping();
});

form.addEventListener("focusin", (event) => {
  if (event.target.matches("input")) field = event.target;
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.second.value === "") {
    form.second.focus();
    return;
  }
  problem.hidden = true;
  const answer = await send("/typed", { first: form.first.value.toUpperCase(), second: form.second.value.toUpperCase() }).catch(() => ({ ok: false }));
  problem.hidden = answer.ok;
  if (answer.ok) stopTyping();
});

fit();
addEventListener("resize", fit);
connect();
