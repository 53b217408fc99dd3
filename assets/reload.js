// Only in a preview by freshet serve: reloads the page when it was rebuilt.
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
