// ---- panel.js: what stands beside the map -----------------------------------------------------------
// The image at the probe and, beside it, the one to compare it with; below, the layer's value at the
// probe and over the whole set, each with its unit.

const IMAGE_ROOM = 96, IMAGE_ROOM_SMALL = 64;   // CSS pixels
const SCALE_TICKS = 4;
const PULLED = [["", "μ₁"], ["", "μ₂"], ["log ", "σ₁"], ["log ", "σ₂"]];

class Panel {
  constructor(widget) {
    const find = (selector) => widget.find(selector);
    Object.assign(this, {
      decoded: find("[data-testid=decoded]"), value: find(".at .value"), beside: find(".beside"),
      other: find(".beside .printed"), what: find(".beside figcaption"), facts: find(".facts"),
      scale: find(".scale"), bar: find(".scale .ticks"), top: find(".scale .top"), held: find(".scale .held"),
      key: find(".key"), keyLine: find(".key .line"), keyText: find(".key .text"),
      trip: find(".trip"), forces: find(".forces"),
      one: find(".one tbody"), all: find(".all tbody"), count: find(".all .count"),
    });
  }

  /** Rows of a value and what it is: [[text, role, gloss], …]. */
  say(rows) {
    const made = rows.map(([text, role, gloss]) => {
      const value = element("dt", text, `number ${role}`);
      return [value, element("dd", gloss, "sub")];
    });
    this.facts.hidden = !rows.length;
    this.facts.replaceChildren(...made.flat());
  }

  /** The other image, or none. */
  compare(image, words, shape, theme) {
    this.beside.hidden = !image;
    if (!image) return;
    printImage(this.other, image, shape, theme);
    this.what.textContent = words;
    this.other.setAttribute("aria-label", words);
  }

  /** The colours' meaning: ticks over [low, high], and a mark at `held` if there is one. */
  showScale(range, held) {
    this.scale.hidden = !range;
    if (!range) return;
    const [low, high] = range, place = (value) => `${100 * (value - low) / (high - low)}%`;
    const ticks = Array.from({ length: SCALE_TICKS }, (_, k) => {
      const value = mix(low, high, k / (SCALE_TICKS - 1)), beyond = k === SCALE_TICKS - 1 ? "≥ " : "";
      const tick = element("span", (k === 0 && low > 0 ? "≤ " : beyond) + formatNumber(value));
      tick.style.left = place(value);
      return tick;
    });
    this.bar.replaceChildren(...ticks);
    this.held.hidden = held === null;
    if (held !== null) this.held.style.left = place(held);
  }

  /** How long an arrow of so many nats is. */
  showKey(scale) {
    this.key.hidden = scale === null;
    if (scale === null) return;
    const nats = roundStep(60 / scale, 1);
    this.keyLine.style.width = `${nats * scale}px`;
    this.keyText.textContent = `${nats} ${nats === 1 ? "nat" : "nats"} per unit of μ`;
  }

  /** The pulls on one cloud: a row per number of the cloud, with bars. */
  showPulls(pulls) {
    const largest = [0, 2].map((from) => Math.max(1e-9, ...Object.values(pulls)
      .flatMap((pull) => [Math.abs(pull[from]), Math.abs(pull[from + 1])])));
    this.one.replaceChildren(...PULLED.map(([upright, name], k) => {
      const row = element("tr"), half = 50 / largest[k >> 1];
      const cell = element("td"), bars = element("div", "", "bars");
      cell.append(bars);
      for (const part of ["recon", "kl", "residual"]) {
        const bar = element("i", "", part), length = half * pulls[part][k];
        bar.style.width = `${Math.abs(length)}%`;
        bar.style.left = `${50 + Math.min(0, length)}%`;
        bars.append(bar);
      }
      row.append(symbol(upright, name), cell, ...numbers(pulls, k));
      return row;
    }));
  }

  /** Means over the set. */
  showSet(set, total) {
    this.count.textContent = set.count < total ? `the first ${set.count} of ${total}` : `all ${total}`;
    this.all.replaceChildren(...[["", "μ"], ["log ", "σ"]].map(([upright, name], k) => {
      const means = set.means(k), row = element("tr");
      const parts = [["recon", "is-recon"], ["kl", "is-kl"], ["residual", ""], ["balance", "balance"]];
      row.append(symbol(upright, name),
        ...parts.map(([part, role]) => element("td", formatNumber(means[part]), `number ${role}`)));
      return row;
    }));
  }
}

/** The numbers of a round trip, as Panel.say takes them. */
function tripRows({ value }, done, back) {
  const rows = [[formatNumber(value), "is-mu",
    `standard deviations of the codes, from z to μ(f(z)) = ${back}, where its image is encoded`]];
  if (!done) return rows;
  return [...rows,
    [formatNumber(done.raw), "", `the same on average over ${FIT_DRAWS} draws of the codes’ own Gaussian; `
      + `${Math.round(100 * done.inward)} % of these arrows point inward`],
    [formatNumber(done.s), "", "the shrinkage: as one factor for all draws, μ(f(z)) is this much as far from the mean of the codes as z"],
    [formatNumber(done.less), "", "on average, once the shrinkage is subtracted"]];
}

/** A row's name: functions upright, quantities italic. */
function symbol(upright, name) {
  const head = element("th", "", "symbol");
  head.scope = "row";
  head.append(element("b", upright), name);
  return head;
}

function numbers(pulls, k) {
  return [["recon", "is-recon"], ["kl", "is-kl"], ["residual", ""]]
    .map(([part, role]) => element("td", formatNumber(pulls[part][k]), `number ${role}`));
}
