// The demo shop's own tracking: a client of the public API, like any shop's script.
//
// Before the visitor has chosen, and after a refusal, nothing is stored in the browser and nothing is
// sent, with one exception: an order, which the shop must process, goes out without naming the
// browser.
"use strict";

const page = document.body.dataset;
const CHOICE = "shop_choice";
const ANONYMOUS = "shop_anonymous";
const YEAR = 365 * 86400;
const PURPOSES = ["analytics", "personalisation", "marketing"];

// ---- What the browser remembers ------------------------------------------------------------------

function cookie(name) {
  const found = document.cookie.split("; ").find((part) => part.startsWith(name + "="));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function keep(name, value, seconds) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${seconds}; samesite=lax${secure}`;
}

function asChoice(text) {
  const allowed = text.split(".");
  return text ? Object.fromEntries(PURPOSES.map((purpose) => [purpose, allowed.includes(purpose)])) : null;
}

let choice = asChoice(page.choice);

function mayLearn() {
  return Boolean(choice && (choice.analytics || choice.personalisation));
}

function anonymousId() {
  let id = cookie(ANONYMOUS);
  if (!id && mayLearn()) {
    id = identifier();
    keep(ANONYMOUS, id, YEAR);
  }
  return id;
}

function identifier() {
  // randomUUID exists only on secure pages; a shop on a plain address in the house has none.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---- Sending -------------------------------------------------------------------------------------

function authorization() {
  return { Authorization: "Basic " + btoa(page.writeKey + ":") };
}

function surroundings() {
  return {
    page: { path: location.pathname, title: document.title },
    locale: navigator.language,
    userAgent: navigator.userAgent,
  };
}

function send(call, message) {
  const body = {
    messageId: identifier(),
    timestamp: new Date().toISOString(),
    sentAt: new Date().toISOString(),
    ...message,
    context: {
      ...(mayLearn() ? surroundings() : {}),
      ...(choice ? { consent: { categoryPreferences: choice } } : {}),
    },
  };
  if (page.user) body.userId = page.user;
  if (!body.anonymousId && mayLearn()) body.anonymousId = anonymousId();
  return fetch("/v1/" + call, {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", ...authorization() },
    body: JSON.stringify(body),
  }).catch(() => undefined);
}

function track(event, properties, messageId) {
  const message = messageId ? { event, properties, messageId } : { event, properties };
  if (mayLearn()) return send("track", message);
  if (event !== "Order Completed") return Promise.resolve();
  // One order, one id: nothing to recognise the browser by.
  return send("track", page.user ? message : { ...message, anonymousId: "order-" + properties.order_id });
}

function data(id) {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}

async function tellPage() {
  const event = data("page-event");
  const sent = [];
  if (mayLearn()) {
    if (page.signedInNow) sent.push(send("identify", { traits: data("visitor-traits") || {} }));
    sent.push(send("page", { name: document.title.split(" · ")[0], properties: { path: location.pathname } }));
  }
  if (event) sent.push(track(event.name, event.properties, event.message_id));
  await Promise.all(sent);
}

// ---- Shelves -------------------------------------------------------------------------------------

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function card(item, fresh) {
  const made = element("li", fresh ? "card new" : "card");
  const link = element("a");
  link.href = item.url || `/shop/item/${encodeURIComponent(item.item_id)}/`;
  const picture = element("img");
  picture.src = item.image_url || `/shop/picture/${encodeURIComponent(item.item_id)}.svg`;
  picture.alt = "";
  picture.width = picture.height = 200;
  link.append(picture, element("span", "name", item.name));
  const price = item.price === null ? "" : "€" + Number(item.price).toFixed(2);
  made.append(link, element("span", "brand", item.brand), element("span", "price", price));
  if (item.reason && item.reason.text) made.append(element("span", "reason", item.reason.text));
  return made;
}

async function fill(shelf) {
  const asked = new URLSearchParams({
    placement: shelf.dataset.placement,
    device: innerWidth < 700 ? "mobile" : "desktop",
    limit: shelf.dataset.limit,
  });
  if (shelf.dataset.item) asked.set("item_id", shelf.dataset.item);
  if (choice && choice.personalisation) {
    if (page.user) asked.set("user_id", page.user);
    const anonymous = anonymousId();
    if (anonymous) asked.set("anonymous_id", anonymous);
  }
  const answer = await fetch("/recommendations?" + asked, { headers: authorization() }).catch(() => null);
  if (!answer || !answer.ok) return;
  const { items, personalised } = await answer.json();
  const heading = shelf.querySelector("h2");
  heading.dataset.own = heading.dataset.own || heading.textContent;
  heading.textContent = personalised || shelf.dataset.item ? heading.dataset.own : "Popular now";
  const list = shelf.querySelector("[data-cards]");
  const shown = Array.from(list.children, (each) => each.dataset.id);
  const wanted = items.map((item) => item.item_id);
  const reasons = items.map((item) => (item.reason ? item.reason.text : ""));
  const state = JSON.stringify([wanted, reasons]);
  shelf.hidden = items.length === 0;
  if (state === shelf.dataset.state) return;
  shelf.dataset.state = state;
  list.replaceChildren(...items.map((item) => {
    const made = card(item, shown.length > 0 && !shown.includes(item.item_id));
    made.dataset.id = item.item_id;
    return made;
  }));
}

// ---- The panel -----------------------------------------------------------------------------------

async function learn() {
  const panel = document.querySelector("[data-learnt]");
  if (!panel || !mayLearn()) return;
  const answer = await fetch(panel.dataset.learnt).catch(() => null);
  if (!answer || !answer.ok) return;
  const known = await answer.json();
  const part = (name) => panel.querySelector(`[data-learnt-${name}]`);
  part("empty").hidden = known.known;
  part("content").hidden = !known.known;
  part("events").replaceChildren(
    ...known.events.map((event) => element("li", "", event.about ? `${event.what}: ${event.about}` : event.what)),
  );
  part("attributes").replaceChildren(
    ...known.attributes.flatMap((value) => [element("dt", "", value.title), element("dd", "", value.value)]),
  );
  part("segments").replaceChildren(...known.segments.map((name) => element("li", "", name)));
  part("no-segments").hidden = known.segments.length > 0;
}

function refresh() {
  for (const shelf of document.querySelectorAll("[data-shelf]")) fill(shelf);
  learn();
}

// What was sent needs a moment to become a profile: look a few times, then leave it.
function followUp() {
  for (const wait of [400, 1000, 2000]) setTimeout(refresh, wait);
}

// ---- The visitor's choice ------------------------------------------------------------------------

async function choose(allowed) {
  const before = cookie(ANONYMOUS);
  const text = allowed ? PURPOSES.join(".") : "none";
  choice = asChoice(text);
  keep(CHOICE, text, YEAR);
  document.querySelector("[data-banner]").hidden = true;
  document.querySelector("[data-status]").textContent =
    "Your choice is saved. Change it any time: Privacy choices, at the foot of the page.";
  const known = allowed ? anonymousId() : before;
  if (known || page.user) {
    const who = known ? { anonymousId: known } : {};
    await send("track", { event: "Segment Consent Preference Updated", properties: {}, ...who });
  }
  if (!allowed) {
    keep(ANONYMOUS, "", 0);
    document.querySelector("[data-learnt-content]").hidden = true;
    const words = document.querySelector("[data-learnt-empty]");
    words.textContent = "Nothing: you refused.";
    words.hidden = false;
    return;
  }
  await tellPage();
  followUp();
}

document.querySelector("[data-choose]").addEventListener("submit", (event) => {
  event.preventDefault();
  choose(event.submitter.value === "accept");
});

for (const form of document.querySelectorAll("[data-adds]")) {
  form.addEventListener("submit", () => {
    const viewed = data("page-event");
    track("Product Added", { ...viewed.properties, quantity: 1 });
  });
}

for (const form of document.querySelectorAll("[data-removes]")) {
  form.addEventListener("submit", () => track("Product Removed", { product_id: form.dataset.removes }));
}

const gpc = document.querySelector("[data-gpc]");
if (gpc && navigator.globalPrivacyControl) gpc.hidden = false;

refresh();
tellPage().then(() => { if (mayLearn()) followUp(); });
