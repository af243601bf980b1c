// Asks the browser for a passkey, and sends what it answers.

const form = document.querySelector("form[data-passkey]");
const ask = async () => {
  const options = JSON.parse(form.dataset.options);
  const made = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.credential.value = JSON.stringify(made.toJSON());
  form.submit();
};
if (form) {
  ask().catch(() => { document.getElementById("passkey-failed").hidden = false; });
}
