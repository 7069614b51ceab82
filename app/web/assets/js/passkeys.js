// Lets a device sign with a passkey, or make one, and sends what it answers with the page's own form.
// Buttons for it are hidden where there is no script, or no such thing in the browser.

function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0));
}

function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const asked = (keys) => (keys ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));

function read(options) {
  const publicKey = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) publicKey.user = { ...options.user, id: toBytes(options.user.id) };
  publicKey.excludeCredentials = asked(options.excludeCredentials);
  publicKey.allowCredentials = asked(options.allowCredentials);
  return { publicKey };
}

function write({ id, rawId, type, response }) {
  const said = { clientDataJSON: toText(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) said[part] = toText(response[part]);
  }
  return JSON.stringify({ id, rawId: toText(rawId), type, response: said, clientExtensionResults: {} });
}

async function use(button) {
  const { form } = button;
  const problem = form.querySelector("[data-passkey-error]");
  problem.hidden = true;
  try {
    const answer = await fetch(button.dataset.passkeyOptions, { method: "POST" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const options = read(await answer.json());
    const credential = await navigator.credentials[button.dataset.passkey](options);
    form.querySelector("[data-passkey-answer]").value = write(credential);
    form.submit();
  } catch (error) {
    const known = error.name === "InvalidStateError";
    problem.textContent = known
      ? "That device has a passkey here already."
      : "The passkey could not be used. Try again, or use another way.";
    problem.hidden = false;
    button.disabled = false;
  }
}

if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
    for (const part of button.form.querySelectorAll("[data-with-passkey]")) part.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      use(button);
    });
  }
}
