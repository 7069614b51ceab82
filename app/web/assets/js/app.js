// Improves pages that already work without it.
import { Button, createAll, ErrorSummary, PasswordInput, Radios } from "govuk-frontend";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

for (const component of [Button, ErrorSummary, PasswordInput, Radios]) {
  createAll(component);
}
