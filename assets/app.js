// Prints the time of the last update on every page, and a notice once the page
// is out of date. Pages need no script for anything else. The times come from
// now.js, a file beside this one, in the zone of the site: the script makes no
// request.
(function () {
  "use strict";
  var now = window.freshetNow;
  if (!now) return;
  var last = document.getElementById("last-run");
  if (last) last.textContent = "Last updated " + now.asOfText + ".";
  if (now.expires && Date.now() > Date.parse(now.expires)) {
    document.documentElement.classList.add("old");
    var note = document.getElementById("expired");
    note.textContent = "▲ This page is out of date. It shows " + now.asOfText + "; an update was due by " + now.expiresText + ".";
    document.title = "Out of date: " + document.title;
    note.hidden = false;
  }
})();
