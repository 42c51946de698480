// ---- roving.js: many things that take the focus, one tab stop --------------------------------------

const ROVING_KEYS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** One of the items inside `host` is a tab stop; the arrow keys go from item to item, round the ends. */
class Roving {
  constructor(widget, host) {
    this.items = [];
    widget.listen(host, "keydown", (event) => this.key(event));
  }

  take(items) {
    this.items = items;
    this.stopAt(items[0]);
  }

  stopAt(item) { for (const each of this.items) each.tabIndex = each === item ? 0 : -1; }

  key(event) {
    const way = ROVING_KEYS[event.key], at = this.items.indexOf(event.target);
    if (!way || at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const next = this.items[(at + way + this.items.length) % this.items.length];
    this.stopAt(next);
    next.focus();
  }
}
