// The button of a page of plates or sheets; the browser's own print command does the same.
"use strict";
document.getElementById("print-now").addEventListener("click", () => print());
