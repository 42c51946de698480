// ---- counter.js: the same grid in more dimensions ------------------------------------------------
// Payload. Header: state {k} (first mount only); fewest, most; side, places along one axis; seconds,
// to decode one place and compare an image; bytes, to keep one density; words {…}. State sent to Python: {k}.

const YEAR = 365.25 * 86400, UNIVERSE = 13.8e9 * YEAR;   // seconds
const TIMES = [
  [1e-3, "ms"], [1, "s"], [60, "minutes"], [3600, "hours"], [86400, "days"], [YEAR, "years"],
  [UNIVERSE, "ages of the universe"],
];
const SIZES = [[1e3, "kB"], [1e6, "MB"], [1e9, "GB"], [1e12, "TB"], [1e15, "PB"], [1e18, "EB"], [1e21, "ZB"], [1e24, "YB"]];

class Counter extends Widget {
  build() {
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (k) => { this.k = k; this.invalidate(); },
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
    });
  }

  receive({ header }) {
    this.header = header;
    this.k ??= header.state.k;
    this.find(".handle .name").textContent = header.words.handle;
    Object.assign(this.handle.input, { min: header.fewest, max: header.most });
  }

  settle() {
    this.find(".spoken").textContent = this.costs().map(([name, text]) => `${name}: ${text}`).join("; ");
    return { k: this.k };
  }

  costs() {
    const { words, side, seconds, bytes } = this.header, places = side ** this.k;
    return [
      [words.places, formatLarge(places)],
      [words.time, inUnits(places * seconds, TIMES)],
      [words.memory, inUnits(places * bytes, SIZES)],
    ];
  }

  paint() {
    this.handle.show(this.k, `k = ${this.k}`);
    this.find(".k").textContent = this.k;
    this.find(".costs").replaceChildren(...this.costs().flatMap(([name, text]) => [element("dt", name), element("dd", text)]));
    Object.assign(this.handle.input.dataset, { ready: "true", k: this.k });
  }
}

/** A quantity in the largest of its units that it fills: 35 ms, 41 days, 8 · 10⁶ years. */
function inUnits(value, units) {
  const [size, name] = units.filter(([unit]) => value >= unit).at(-1) ?? units[0];
  return `${formatLarge(value / size)} ${name}`;
}

/** 10 000, and from a million on 3 · 10⁶: what matters is the power. */
function formatLarge(value) {
  if (value < 10) return formatNumber(value, 1);
  if (value < 1e6) return Math.round(value).toLocaleString("en").replaceAll(",", "\u202F");
  return formatTiny(value).replace(/^1 · /, "");
}

export default mount(Counter);
