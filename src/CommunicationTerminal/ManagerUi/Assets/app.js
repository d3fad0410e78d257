// The few lines that a page needs to move by itself. Every page works without them.
"use strict";

// Nobody touched anything for as long as the terminal allows: leave the page before somebody else reads it. The terminal itself has locked the session by then.
const idleSeconds = Number(document.body.dataset.idleSeconds);
if (idleSeconds > 0) {
  let timer;
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(() => location.assign("/unlock?to=" + encodeURIComponent(location.pathname + location.search)), (idleSeconds + 2) * 1000);
  };
  for (const event of ["pointerdown", "keydown", "wheel"]) addEventListener(event, restart, { passive: true });
  restart();
}
