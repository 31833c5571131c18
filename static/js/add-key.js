// Hands the form of a new passkey to the functions that allauth brings with it (mfa/js/webauthn.js).
const form = document.querySelector("[data-add-key]");
if (form && window.allauth) {
  window.allauth.webauthn.forms.addForm({
    ids: { add: form.dataset.add, passwordless: form.dataset.passwordless, credential: form.dataset.credential, data: form.dataset.data },
  });
}
