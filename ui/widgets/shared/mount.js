// ---- mount.js: the life of a widget -------------------------------------------------------------
// Streamlit calls a component's default export when it appears, and again on the same element for
// new data or another theme. So the widget is built once and kept on that element.

const AFTER_A_KEY = 400;   // ms without a further key before Python hears of it
const OPENING = 8000;      // ms in which a page may still grow above the figure that its link names

/** What every widget does. A kind of widget adds build, receive, paint and settle. */
class Widget {
  constructor(root) {
    this.root = root;
    this.host = root.querySelector(".widget");
    this.sentence = root.querySelector(".sentence");
    this.body = root.querySelector(".body");
    this.leaving = new AbortController();
    this.motion = new Motion();
    this.build();
    this.observer = new ResizeObserver(() => this.remeasure());
    this.observer.observe(this.host);
  }

  find(selector) { return this.root.querySelector(selector); }

  listen(target, type, handler, options = {}) {
    target.addEventListener(type, handler, { ...options, signal: this.leaving.signal });
  }

  /** New data, or the same data under another theme. */
  update(data, send) {
    this.send = send;
    this.retheme();
    if (data !== this.data || this.broken) this.take(data);
    this.invalidate();
  }

  take(data) {
    this.data = data;
    try {
      this.receive(readPayload(data));
      this.say("");
    } catch (error) {
      this.complain(error, "The data sent for this figure do not fit it.");
    }
  }

  retheme() {
    const theme = readTheme(this.host);
    if (theme.id === this.theme?.id) return;
    this.theme = theme;
    this.restyle?.();
    whenFacesLoad(theme, () => { this.restyle?.(); this.invalidate(); });
  }

  remeasure() {
    this.resize?.();
    this.invalidate();
  }

  /** Paint once, in the next frame. */
  invalidate() {
    if (this.frame || this.broken) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      try {
        if (this.host.clientWidth) this.paint();
      } catch (error) {
        this.complain(error, "This figure could not be drawn.");
      }
    });
  }

  /** One clear sentence in place of the figure; "" brings the figure back. */
  say(sentence) {
    this.broken = sentence !== "";
    this.sentence.textContent = sentence;
    this.sentence.hidden = !this.broken;
    this.body.hidden = this.broken;
  }

  complain(error, otherwise) {
    const known = error instanceof PayloadError;
    if (!known) console.error(error);
    this.say(known ? error.message : otherwise);
  }

  /** Tell Python what stands on the screen: `settle` rounds it and the screen follows. */
  commit() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.send?.("state", this.settle());
    this.invalidate();
  }

  commitSoon(delay = AFTER_A_KEY) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), delay);
  }

  destroy() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.motion.stop();
    this.leave?.();
    this.leaving.abort();
    this.observer.disconnect();
  }
}

/** A new element with a text and classes. */
function element(tag, text = "", classes = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (classes) made.className = classes.trim();
  return made;
}

/** Bring the figure around `root` into view if the page's link ends with its name, …#figure_elbo. What stands
 * above it arrives and grows later, so it is brought back until the reader takes over. It happens once. */
function arrive(root) {
  const name = location.hash.slice(1);
  const figure = /^figure_\w+$/.test(name) && (root.getRootNode().host ?? root).closest(`.st-key-${name}`);
  if (!figure) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  const observer = new ResizeObserver(() => figure.scrollIntoView());
  observer.observe(figure.closest('[data-testid="stMainBlockContainer"]') ?? figure);
  const leave = () => observer.disconnect();
  for (const gesture of ["wheel", "pointerdown", "keydown"]) addEventListener(gesture, leave, { once: true, capture: true });
  setTimeout(leave, OPENING);
}

function mount(Kind) {
  const slot = Symbol.for(`between-the-points.${Kind.name}`);
  return ({ data, parentElement, setStateValue }) => {
    const appears = !parentElement[slot];
    parentElement[slot] ??= new Kind(parentElement);
    parentElement[slot].update(data, setStateValue);
    if (appears) arrive(parentElement);
    // Streamlit also cleans up after a call it has already replaced by a newer one: the widget
    // goes only when its element has gone.
    return () => setTimeout(() => {
      if (parentElement.isConnected) return;
      parentElement[slot]?.destroy();
      delete parentElement[slot];
    });
  };
}
