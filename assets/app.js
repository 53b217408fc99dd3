// Prints the time of the last run on every page, and a notice once the page is
// out of date. Pages need no script for anything else. The times come from
// now.js, a file beside this one: the script makes no request.
(function () {
  "use strict";
  var now = window.freshetNow;
  if (!now) return;
  var words = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  function say(time) { return new Date(time).toLocaleString(undefined, words); }

  var last = document.getElementById("last-run");
  if (last) last.textContent = "Last run " + say(now.asOf) + ".";
  if (now.expires && Date.now() > Date.parse(now.expires)) {
    document.documentElement.classList.add("old");
    var note = document.getElementById("expired");
    note.textContent = "This page is old: it should have been replaced by " + say(now.expires) + ", and was last made from what was known " + say(now.asOf) + ".";
    note.hidden = false;
  }
})();
