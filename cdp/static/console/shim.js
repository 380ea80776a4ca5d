/* Lets django-unfold run under a policy without 'unsafe-eval' and 'unsafe-inline'.
 *
 * The CSP build of Alpine reads expressions with a parser of its own: it knows no globals, no
 * statements and no arrow functions. Components that unfold declares as global functions are
 * registered here, and the few expressions the parser refuses are replaced before Alpine reads them.
 * An expression missing here shows as "CSP Parser Error" in the browser tests.
 */
"use strict";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;

(() => {
  const SIDEBAR = "sidebarDesktopOpen";

  /** The component of <body>: unfold writes it inline, with localStorage and an arrow function. */
  const consoleBody = (primaryTab) => ({
    activeTab: primaryTab,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem(SIDEBAR) !== "0",
    init() {
      if (this.activeTab) {
        this.activeTab = getCurrentTab() || this.activeTab;
      }
      this.$watch(SIDEBAR, (open) => localStorage.setItem(SIDEBAR, open ? "1" : "0"));
    },
    /** Keeps the open tab in the address a form is sent to, so that errors show on that tab. */
    formAddress() {
      const { pathname, search } = window.location;
      const tab = this.activeTab && this.activeTab !== "general" ? `#${this.activeTab}` : "";
      return pathname + search + tab;
    },
  });

  const command = () => ({
    ...searchCommand(),
    openByEnter(event) {
      const modified = event.metaKey || event.ctrlKey;
      if (!modified && this.items && this.items[this.currentIndex - 1]) {
        this.selectItem(false, false);
      }
    },
  });

  const dropdown = () => ({
    ...searchDropdown(),
    startSearch() {
      this.openSearchResults = true;
      this.currentIndex = 0;
    },
    leaveSearch() {
      this.openSearchResults = false;
      if (this.$refs.searchInput.value === "") {
        this.$refs.searchInput.blur();
      }
      this.$refs.searchInput.value = "";
    },
  });

  /** [attribute, start of the refused expression, replacement]. */
  const REWRITES = [
    ["x-on:click", "sidebarDesktopOpen = !sidebarDesktopOpen; localStorage", "sidebarDesktopOpen = !sidebarDesktopOpen"],
    ["x-on:keydown.enter.prevent", "if (!$event.metaKey", "openByEnter($event)"],
    ["x-on:focus", "openSearchResults = true; currentIndex", "startSearch()"],
    ["x-on:keydown.escape.prevent", "openSearchResults = false; if", "leaveSearch()"],
    ["x-bind:action", "activeTab && activeTab !== 'general' ? window.location", "formAddress()"],
    ["x-bind:style", "'width: ' + changeListWidth", "{ width: changeListWidth + 'px' }"],
  ];

  const rewriteBody = (body) => {
    const data = body.getAttribute("x-data") || "";
    if (!data.includes(SIDEBAR)) {
      return;
    }
    const tab = /activeTab: '([^']*)'/.exec(data);
    body.setAttribute("x-data", `consoleBody('${tab ? tab[1] : ""}')`);
    body.removeAttribute("x-init");
  };

  const rewrite = (element) => {
    if (element.tagName === "BODY") {
      rewriteBody(element);
    }
    for (const [attribute, start, replacement] of REWRITES) {
      const value = element.getAttribute(attribute);
      if (value !== null && value.trim().startsWith(start)) {
        element.setAttribute(attribute, replacement);
      }
    }
  };

  document.addEventListener("alpine:init", () => {
    Alpine.data("theme", (chosen) => ({ ...theme(chosen), sortRecords, moveRecords }));
    Alpine.data("consoleBody", consoleBody);
    Alpine.data("searchForm", searchForm);
    Alpine.data("searchDropdown", dropdown);
    Alpine.data("searchCommand", command);
    Alpine.interceptInit(rewrite);
    Alpine.interceptInit(window.consoleAccess);
  });
})();
