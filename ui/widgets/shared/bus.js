// ---- bus.js: what the figures of one page tell each other ----------------------------------------
// Every figure's JavaScript is a module of its own, so they meet at a symbol of the window. A name
// keeps its last detail: a figure that appears later hears it at once. Nothing here reaches Python.

const PAGE_BUS = Symbol.for("between-the-points.bus");

function pageBus() {
  return window[PAGE_BUS] ??= Object.assign(new EventTarget(), { last: new Map() });
}

/** Say `detail` to everybody who hears `name`; null: there is nothing any more. */
function tell(name, detail) {
  const bus = pageBus();
  bus.last.set(name, detail);
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}

/** What was told last under `name`; null if nothing was. */
const lastTold = (name) => pageBus().last.get(name) ?? null;

/** Call handler(detail) whenever `name` is told, until the widget goes, and now if it was told before. */
function hear(widget, name, handler) {
  widget.listen(pageBus(), name, (event) => handler(event.detail));
  if (pageBus().last.has(name)) handler(lastTold(name));
}
