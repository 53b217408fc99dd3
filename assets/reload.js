// Reloads the page after each rebuild. Only pages of freshet serve include it.
(function () {
  "use strict";
  var made = null;
  setInterval(function () {
    fetch("/.rebuilt").then(function (answer) { return answer.text(); }).then(function (text) {
      if (made !== null && made !== text) location.reload();
      made = text;
    }, function () {});
  }, 1000);
})();
