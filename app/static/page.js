// What the page does in the browser: taps to Python through the bridge (window.palate, set by app/page.py), feedback to
// the HTTP API, renaming and deleting in place, where the log is scrolled to and the keyboard goes. All markup comes
// escaped from the server; nothing here builds HTML from text.
(() => {
  "use strict";
  const FEEDBACK = "api/v1/feedback"; // relative: the page may be served under a prefix
  const WIDE = "(min-width: 1100px)";
  const COVERED = "(max-width: 768px)"; // the open list of conversations covers the page
  const SURE_MS = 4000;
  const OPPOSITE = { like: "dislike", dislike: "like" };
  const waiting = new WeakMap(); // card -> promise of its last feedback call, so that calls keep their order
  const stored = new WeakMap(); // card -> kinds of the reactions that stand on the server

  const tell = (name, data) => window.palate && window.palate(name, data);
  const word = (key) => document.getElementById("top")?.dataset[key] || "";

  // What is tapped is often drawn anew, and the keyboard would be left nowhere: it goes on in the textbox. Not under a
  // finger, where that would bring up the keys.
  const box = () => document.querySelector("#box textarea");
  const goOn = () => matchMedia("(hover: hover)").matches && box()?.focus({ preventScroll: true });

  function say(message, ms = 5000) {
    let note = document.getElementById("note");
    if (!note) {
      note = document.createElement("div");
      note.id = "note";
      note.setAttribute("role", "alert");
      document.body.append(note);
    }
    note.textContent = message;
    note.classList.add("shown");
    clearTimeout(say.timer);
    if (ms) say.timer = setTimeout(() => note.classList.remove("shown"), ms);
  }

  async function post(method, card, kind) {
    const answer = await fetch(FEEDBACK, {
      method,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ turn_id: card.dataset.turn, item_id: card.dataset.item, kind }),
    });
    if (!answer.ok) throw new Error(answer.status === 404 ? "feedbackGone" : "feedbackFailed");
  }

  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));
  const reactions = (card) => [...card.querySelectorAll("[data-action=react]")];

  // Runs the call after the card's earlier ones; when all are over the card shows what is stored, whichever failed. A
  // card that was drawn anew meanwhile was drawn from the record.
  function inOrder(card, call) {
    const before = waiting.get(card) || Promise.resolve();
    const over = before.then(call).catch((error) => say(word(error.message) || word("feedbackFailed"))).then(() => {
      const kinds = stored.get(card);
      if (kinds && waiting.get(card) === over) reactions(card).forEach((b) => press(b, kinds.has(b.dataset.kind)));
    });
    waiting.set(card, over);
  }

  function react(button) {
    const card = button.closest(".card");
    const kind = button.dataset.kind;
    const on = !isPressed(button);
    if (!stored.has(card)) stored.set(card, new Set(reactions(card).filter(isPressed).map((b) => b.dataset.kind)));
    const kinds = stored.get(card);
    press(button, on);
    // Of like and dislike the newer one stands: the store sees to that.
    if (on) reactions(card).filter((b) => b.dataset.kind === OPPOSITE[kind]).forEach((b) => press(b, false));
    inOrder(card, async () => {
      await post(on ? "POST" : "DELETE", card, kind);
      if (on) kinds.add(kind).delete(OPPOSITE[kind]);
      else kinds.delete(kind);
    });
  }

  function rename(row) {
    if (row.querySelector("input")) return;
    const talk = row.querySelector(".talk");
    const field = document.createElement("input");
    field.value = talk.textContent;
    field.maxLength = Number(word("titleChars"));
    field.setAttribute("aria-label", word("renameLabel"));
    talk.hidden = true;
    talk.after(field);
    field.focus();
    field.select();
    let closed = false; // a field that is removed is also left, and must not be kept after Escape
    const close = (keep) => {
      if (closed) return;
      closed = true;
      const title = field.value.trim();
      field.remove();
      talk.hidden = false;
      if (keep && title && title !== talk.textContent) tell("rename", { id: row.dataset.id, title });
      else talk.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // Enter that ends a Chinese word is not Enter
      if (event.key === "Enter") {
        close(true);
        goOn();
      }
      if (event.key === "Escape") {
        event.stopPropagation();
        close(false);
      }
    });
    field.addEventListener("blur", () => close(true));
  }

  let calm = null; // takes the question back that a first tap on delete has asked
  function remove(button) {
    if (button.classList.contains("sure")) {
      tell("remove", { id: button.closest("li").dataset.id });
      goOn();
      return;
    }
    calm?.();
    const icon = [...button.childNodes];
    const label = button.getAttribute("aria-label");
    button.classList.add("sure");
    button.replaceChildren(document.createTextNode(word("deleteSure")));
    button.setAttribute("aria-label", `${word("deleteSure")} ${label}`);
    const timer = setTimeout(() => calm?.(), SURE_MS);
    calm = () => {
      clearTimeout(timer);
      calm = null;
      button.classList.remove("sure");
      button.replaceChildren(...icon);
      button.setAttribute("aria-label", label);
    };
  }

  const sidebar = () => document.getElementById("sidebar");
  const toggle = () => sidebar()?.querySelector(".toggle-button");
  function closeSidebarOnPhone() {
    if (!matchMedia(WIDE).matches && sidebar()?.classList.contains("open")) toggle().click();
  }

  const actions = {
    ask: (button) => {
      tell("ask", { message: button.dataset.message });
      sending();
      goOn();
    },
    react,
    more: (button) => {
      const card = button.closest(".card");
      inOrder(card, () => post("POST", card, "more_like").catch(() => {})); // the message tells what is wrong
      tell("ask", { message: button.dataset.message });
      sending();
      goOn();
    },
    open: (button) => {
      remember(button.dataset.id || NEW);
      tell("open", { id: button.dataset.id });
      closeSidebarOnPhone();
      goOn();
    },
    older: () => tell("older"),
    rename: (button) => rename(button.closest("li")),
    delete: remove,
    language: (button) => {
      tell("language", { language: button.dataset.language });
      goOn();
    },
    undo: () => {
      tell("undo");
      goOn();
    },
    retry: () => {
      tell("retry");
      goOn();
    },
    edit: () => {
      tell("edit");
      box()?.focus();
    },
    cancel: () => {
      tell("cancel");
      keep("");
      goOn();
    },
    newest: () => document.querySelector("#log .scroll-down-button-container button")?.click(),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-action]");
    if (button && Object.hasOwn(actions, button.dataset.action)) actions[button.dataset.action](button);
  });

  // Escape takes back what was begun last: deleting, editing, looking at the list that covers a phone's page.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const cancel = document.querySelector("#banner [data-action=cancel]");
    if (calm) calm();
    else if (document.querySelector("#sidebar.open") && matchMedia(COVERED).matches) {
      toggle().click();
      toggle().focus();
    } else if (cancel) cancel.click();
  });

  // A picture that does not load uncovers the drawn poster beneath it.
  document.addEventListener("error", (event) => {
    if (event.target.matches?.(".picture img")) event.target.remove();
  }, true);

  // ---- which conversation this tab shows, and what becomes of it elsewhere ----

  // A tab keeps its conversation over a refresh, an empty new one too; a fresh tab starts with the newest.
  const OPENED = "palate-opened";
  const NEW = "new";
  const LOOK_MS = 1500;
  const remember = (id) => sessionStorage.setItem(OPENED, id);
  window.palateOpened = () => sessionStorage.getItem(OPENED) || "";

  // Another tab may have gone on with the conversation, or a refresh may have left an answer to itself.
  function look() {
    const whole = [...document.querySelectorAll("#log .after")].at(-1);
    if (document.visibilityState === "visible" && whole) tell("look", { turn: whole.dataset.turn });
    else if (document.querySelector("#log .elsewhere")) tell("look", {});
  }
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  setInterval(() => document.querySelector("#log .elsewhere") && look(), LOOK_MS);

  // ---- what is typed, and what is on its way: nothing of it is lost, however slow or gone the server is ----

  const TYPED = "palate-typed"; // over a refresh: the text in the textbox, or the message that has left it last
  const SLOW_MS = 600;
  const keep = (typed) => sessionStorage.setItem(TYPED, typed);
  window.palateTyped = () => sessionStorage.getItem(TYPED) || "";
  document.addEventListener("input", (event) => event.target === box() && keep(event.target.value));

  function type(typed) {
    box().value = typed;
    box().dispatchEvent(new Event("input", { bubbles: true }));
  }

  // The log shows a message once it is stored. Until then, where that takes long, the page says that it is on its way.
  let underWay = 0; // messages that have left and are not answered
  function sending() {
    underWay += 1;
    clearTimeout(sending.timer);
    sending.timer = setTimeout(() => say(word("sending"), 0), SLOW_MS);
  }
  function arrived() {
    clearTimeout(sending.timer);
    const note = document.getElementById("note");
    if (note && note.textContent === word("sending")) note.classList.remove("shown");
  }

  window.palateSent = () => {
    const message = box().value;
    if (!message.trim()) return;
    type("");
    keep(message);
    sending();
  };
  window.palateAnswered = () => {
    underWay = Math.max(0, underWay - 1);
    if (underWay) return; // what a later message says is still to be kept
    arrived();
    keep(box().value);
  };
  window.palateLost = () => {
    underWay = Math.max(0, underWay - 1);
    arrived();
    if (!box().value) type(window.palateTyped());
  };

  // ---- keeping the page in step with what Gradio draws ----

  let turns = 0;
  let marked = ""; // the conversation that the list marks as open
  let dressed = false;
  let settling = [];

  // The person's last message goes to the top, so that cards are seen first and words grow beneath them. Gradio draws the
  // parts of a turn one after another, hence more than once, until the person scrolls.
  function settle() {
    settling.forEach(clearTimeout);
    settling = [0, 100, 300, 700].map((ms) => setTimeout(() => {
      [...document.querySelectorAll("#log .user-row")].at(-1)?.scrollIntoView({ block: "start", behavior: "instant" });
    }, ms));
  }
  for (const kind of ["wheel", "touchmove", "keydown"]) {
    document.addEventListener(kind, () => settling.forEach(clearTimeout), { passive: true });
  }

  function follow() {
    const people = document.querySelectorAll("#log .user-row");
    if (people.length !== turns) {
      turns = people.length;
      arrived();
      settle();
    } else if (document.querySelector("#log .pending, #log .cursor")) arrived();
    const current = document.querySelector("#talks li[aria-current]")?.dataset.id || "";
    if (current !== marked) {
      marked = current;
      remember(current || NEW);
    }
    const top = document.getElementById("top");
    if (top && document.documentElement.lang !== top.lang) document.documentElement.lang = top.lang;
    const button = toggle();
    if (button) {
      const open = sidebar().classList.contains("open");
      if (button.getAttribute("aria-expanded") !== String(open)) button.setAttribute("aria-expanded", String(open));
      for (const id of ["header", "hero", "log", "composer"]) {
        document.getElementById(id)?.toggleAttribute("inert", open && matchMedia(COVERED).matches);
      }
      if (button.getAttribute("aria-label") !== word("sidebar")) button.setAttribute("aria-label", word("sidebar"));
      if (!dressed) {
        dressed = true;
        if (matchMedia(WIDE).matches) {
          document.documentElement.classList.add("dressing");
          button.click();
          setTimeout(() => document.documentElement.classList.remove("dressing"), 500);
        }
      }
    }
  }

  function start() {
    let due = false;
    new MutationObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        follow();
      });
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["class", "lang"] });
    addEventListener("resize", follow);
    follow();
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
