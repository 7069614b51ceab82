// Improves pages that already work without it.
import { Button, createAll, ErrorSummary, PasswordInput, Radios } from "govuk-frontend";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

for (const component of [Button, ErrorSummary, PasswordInput, Radios]) {
  createAll(component);
}

// A page about work that goes on in the background looks again after so many seconds; without script
// its link does. A hidden tab waits until it is seen.
const waiting = document.querySelector("[data-look-again]");
if (waiting) {
  const lookAgain = () => document.hidden || location.reload();
  setInterval(lookAgain, Number(waiting.dataset.lookAgain) * 1000);
}
