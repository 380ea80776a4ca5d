/* htmx sends the button that was pressed last along with every later change of the form, when that
 * button was drawn anew and so never lost its focus: a typed value would repeat "add a condition". */
"use strict";

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters, triggeringEvent } = event.detail;
  if (elt.id === "segment-form" && triggeringEvent && triggeringEvent.type === "change") {
    delete parameters.do;
  }
});
