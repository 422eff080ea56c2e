/* script.js: a form with data-part changes that one part of the page, and not the whole. Without this script the form
   works as any form does; whatever goes wrong here ends in that too. */
"use strict";

const where = () => location.pathname + location.search;
let drawn = where();

document.addEventListener("submit", async (event) => {
  const form = event.target, part = form.dataset.part && document.getElementById(form.dataset.part);
  if (!part) return;
  event.preventDefault();
  if (part.ariaBusy) return;  // a second press while the first is under way
  part.ariaBusy = "true";
  const data = new FormData(form), button = event.submitter, posts = form.method === "post";
  if (button?.name) data.append(button.name, button.value);  // older browsers leave out which button it was
  const fields = new URLSearchParams(data);
  const address = new URL(form.getAttribute("action") ?? location.pathname, location.href);
  if (!posts) address.search = fields;
  try {
    const asked = posts ? { method: "POST", body: fields } : { redirect: "error" };
    const answer = await fetch(address, { credentials: "same-origin", ...asked });
    if (!answer.ok && !posts) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok && !page.getElementById(part.id) && !page.querySelector("main form")) return refused(form, page);
    show(part, page, posts);
    if (!posts) history.replaceState(null, "", address);
    else if (answer.redirected) history.pushState(null, "", answer.url);
    drawn = where();
  } catch {
    if (posts) again(form, button);
    else location.assign(address);
  } finally {
    part.ariaBusy = null;
  }
});

/* The part itself stays, so that a screen reader tells what changed; another kind of page takes the whole main. */
function show(part, page, posts) {
  const focused = document.activeElement?.id, fresh = page.getElementById(part.id), main = document.getElementById("main");
  if (fresh && page.title === document.title) part.replaceChildren(...fresh.childNodes);
  else main.replaceChildren(...page.getElementById("main").childNodes);
  document.title = page.title;
  const there = posts ? main.querySelector("[data-focus]") ?? main : focused && document.getElementById(focused);
  if (posts) scrollTo(0, 0);
  there?.focus();
}

/* The words of a page that only says what went wrong, above the form: what was typed stays, to be sent again. */
function refused(form, page) {
  const made = (name, more) => Object.assign(document.createElement(name), more);
  const told = made("div", { className: "alert", role: "alert", tabIndex: -1 });
  told.dataset.refused = "";
  const words = [...(page.querySelector("main") ?? page.body).children].filter((one) => !one.querySelector("a"));
  told.append(...words.map((one) => made("p", { textContent: one.textContent })));
  document.querySelector("[data-refused]")?.remove();
  form.before(told);
  told.focus();
}

/* Send it as a form does: an answer that was kept already is known by its number, and not kept twice. */
function again(form, button) {
  if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
  form.submit();
}

/* Back and forth between addresses that this script wrote; a jump within the page is none of them. */
addEventListener("popstate", () => { if (where() !== drawn) location.reload(); });

/* A box that is ticked shows its effect at once; the button is there for who has no script. */
document.addEventListener("change", (event) => {
  if (event.target.type === "checkbox" && event.target.form?.dataset.part) event.target.form.requestSubmit();
});
