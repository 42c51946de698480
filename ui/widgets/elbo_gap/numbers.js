// ---- numbers.js: the terms, the gaps found, and one loss written in three ways -----------------------------

const FINDS = ["encoder", "diagonal", "best"];
const SCALES = { C: (c) => 1 / (2 * c), beta: (c) => 2 * c };

class Numbers {
  /** seek(name): a q is asked for. */
  constructor(widget, seek) {
    Object.assign(this, { widget });
    this.finds = Object.fromEntries(FINDS.map((name) => [name, this.makeFind(() => seek(name))]));
  }

  makeFind(action) {
    const row = element("tr"), button = element("button", "", "button"), cell = element("td"), found = element("td", "–", "found");
    button.type = "button";
    cell.append(button);
    row.append(cell, found);
    this.widget.listen(button, "click", action);
    this.widget.find(".finds tbody").append(row);
    return { button, found };
  }

  /** What is said once: words, and the ticks of C and β under those of c. */
  name({ words, range }) {
    for (const name of FINDS) this.finds[name].button.textContent = words[name];
    const once = { ".finds caption": "finds", ".ways-name": "ways", ".gap-how": "on_grid", ".step": "step", ".full span": "full" };
    for (const [place, word] of Object.entries(once)) this.write(place, words[word]);
    for (const [name, scale] of Object.entries(SCALES)) {
      this.widget.find(`.ticks.${name}`).replaceChildren(...decades(range).map(([c, at]) => {
        const tick = element("span", formatVariance(scale(c)));
        tick.style.setProperty("--at", at);
        return tick;
      }));
    }
  }

  write(selector, text) {
    const place = this.widget.find(selector);
    if (place.textContent !== text) place.textContent = text;
  }

  paint({ terms, c, header: { words, c: own }, network: { pixels }, gaps, climber: { search } }) {
    const { elbo, gap, logEvidence, error, expectedLogLikelihood, klPrior } = terms, sum = elbo + gap;
    const values = { elbo, gap, total: sum, evidence: logEvidence };
    for (const [name, value] of Object.entries(values)) this.write(`.terms .${name} td`, `${formatNumber(value)} nats`);
    this.write(".terms .expected", formatNumber(expectedLogLikelihood));
    this.write(".terms .prior", formatNumber(klPrior));
    this.write(".terms .total .sub", fill(words.off, { off: formatError(Math.abs(sum - logEvidence)) }));
    this.write(".terms .evidence .sub", fill(words.evidence, { error: formatError(error) }));
    for (const name of FINDS) this.paintFind(name, gaps[name], name === "encoder" && c !== own, search?.name === name);
    this.paintWays(c, terms, pixels);
  }

  paintFind(name, gap, idle, busy) {
    const { button, found } = this.finds[name], known = gap !== undefined;
    button.setAttribute("aria-disabled", String(idle));
    found.toggleAttribute("data-none", !known);
    const text = busy ? "…" : known ? `${formatNumber(gap)} nats` : "–";
    if (found.textContent !== text) found.textContent = text;
  }

  /** The squared error, expected under q, and KL: summed with their weights in three ways. */
  paintWays(c, { expectedLogLikelihood, klPrior, elbo }, pixels) {
    const constant = gaussianConstant(pixels, c), squares = -2 * c * (expectedLogLikelihood + constant);
    const [C, beta] = [SCALES.C(c), SCALES.beta(c)], [s, kl] = [squares, klPrior].map((value) => formatNumber(value));
    const loss = squares * C + klPrior, { words } = this.widget.header;
    this.write(".by-c th", `c = ${formatVariance(c)}`);
    this.write(".by-C th", `C = ${formatVariance(C)}`);
    this.write(".by-beta th", `β = ${formatVariance(beta)}`);
    this.write(".by-c td:last-child", `${s} / ${formatVariance(beta)} + ${kl} = ${formatNumber(loss)} nats`);
    this.write(".by-C td:last-child", `${formatVariance(C)} · ${s} + ${kl} = ${formatNumber(loss)} nats`);
    this.write(".by-beta td:last-child", fill(words.times, { sum: `${s} + ${formatVariance(beta)} · ${kl} = ${formatNumber(beta * loss)}`, beta: formatVariance(beta), loss: formatNumber(loss) }));
    this.write("output.C", formatVariance(C));
    this.write("output.beta", formatVariance(beta));
    this.write(".minus", fill(words.minus, { loss: formatNumber(loss), constant: formatNumber(Math.abs(constant)), sign: constant < 0 ? MINUS : "+", elbo: formatNumber(-elbo) }));
  }
}

/** The powers of ten from one end of the track to the other, and where on it they stand. */
function decades([low, high]) {
  const count = Math.round(Math.log10(high / low));
  return Array.from({ length: count + 1 }, (_, k) => [low * 10 ** k, k / count]);
}

/** Radians as whole degrees of a half-turn: an ellipse looks the same after one. */
const degrees = (turn) => `${formatNumber(Math.round(turn * 180 / Math.PI) % 180, 0)}°`;
