/* Keyboard and screen-reader access for what unfold makes clickable without saying so: a role, a
 * place in the tab order, Enter and Space, the open state, a name for buttons that are only an icon. */
"use strict";

(() => {
  const NATIVE = "button, input, select, textarea, summary, a[href]";
  const NAMES = {
    dock_to_right: "Show or hide the menu",
    close: "Close",
    more_horiz: "More actions",
    more_vert: "More actions",
    arrow_drop_down: "More",
    visibility: "Show the password",
    visibility_off: "Hide the password",
    contrast: "Light or dark",
  };

  /** Called by Alpine for every element before its directives are read. */
  window.consoleAccess = (element) => {
    const click = element.getAttribute("x-on:click") || element.getAttribute("@click");
    if (!click || element.matches(NATIVE)) {
      return;
    }
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "0");
    const toggled = /^(\w+)\s*=\s*!\1\b/.exec(click.trim());
    if (toggled) {
      element.setAttribute("x-bind:aria-expanded", `${toggled[1]} ? 'true' : 'false'`);
    }
    const name = NAMES[element.textContent.trim()];
    if (name && !element.hasAttribute("aria-label")) {
      element.setAttribute("aria-label", name);
    }
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    const pressed = event.key === "Enter" || event.key === " ";
    if (pressed && target.matches('[role="button"][tabindex]') && !target.matches(NATIVE)) {
      event.preventDefault();
      target.click();
    }
  });

  /** Ligature icons read out as words ("dashboard Home"): hide those that stand beside a text. */
  const hideIcons = (root) => {
    for (const icon of root.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) {
      if (icon.getAttribute("role") !== "button") {
        icon.setAttribute("aria-hidden", "true");
      }
      const holder = icon.closest("a, button");
      const title = holder && holder.getAttribute("title");
      if (title && holder.textContent.trim() === icon.textContent.trim()) {
        holder.setAttribute("aria-label", title);
      }
    }
  };

  const label = (selector, name) => {
    const element = document.querySelector(selector);
    if (element && !element.hasAttribute("aria-label")) {
      element.setAttribute("aria-label", name);
    }
    return element;
  };

  const nameHints = () => {
    for (const hint of document.querySelectorAll("span.help-tooltip[aria-label]")) {
      hint.setAttribute("role", "img"); // a bare span may carry no name
    }
  };

  const addSkipLink = (main) => {
    const link = document.createElement("a");
    link.className = "skip-link";
    link.href = `#${main.id}`;
    link.textContent = "Skip to the content";
    document.body.prepend(link);
  };

  document.addEventListener("DOMContentLoaded", () => {
    const main = document.getElementById("main") || document.getElementById("page");
    if (main && !document.querySelector("main, [role=main]")) {
      main.setAttribute("role", "main");
      main.setAttribute("tabindex", "-1");
    }
    if (main) {
      addSkipLink(main);
    }
    label("#nav-sidebar-inner", "Console");
    label("#nav-sidebar-inner a:has(> .material-symbols-outlined:only-child)", "Home");
    label("#search-input-command", "Search the console");
    label("#command-submit", "Search");
    label("#searchbar-submit", "Search");
    label("#searchbar", "Search this list");
    for (const select of document.querySelectorAll("#changelist-actions select[name=action]")) {
      select.setAttribute("aria-label", "Action on the chosen rows");
    }
    nameHints();
    // Django draws its two lists to choose from when the page has loaded.
    window.addEventListener("load", () => setTimeout(nameHints));
    hideIcons(document);
    document.body.addEventListener("htmx:afterSettle", () => hideIcons(document));
  });
})();
