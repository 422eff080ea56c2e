/* script.js: a form with data-part changes that one part of the page, and not the whole. Without this script the form
   works as any form does; whatever goes wrong here ends in that too. */
"use strict";

document.addEventListener("submit", async (event) => {
  const form = event.target, id = form.dataset.part;
  const part = id && document.getElementById(id);
  if (!part || form.method !== "get") return;
  event.preventDefault();
  const address = new URL(form.action);
  address.search = new URLSearchParams(new FormData(form));
  try {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(id), focused = document.activeElement && document.activeElement.id;
    if (!fresh) throw new Error("no part");
    part.replaceChildren(...fresh.childNodes);  // the part itself stays, so that a screen reader tells what changed
    history.replaceState(null, "", address);
    if (focused) document.getElementById(focused)?.focus();
  } catch {
    location.assign(address);
  }
});

/* A box that is ticked shows its effect at once; the button is there for who has no script. */
document.addEventListener("change", (event) => {
  if (event.target.type === "checkbox" && event.target.form?.dataset.part) event.target.form.requestSubmit();
});
