// ---- code_list.js: all k numbers of the probe's code, each under a handle -------------------------

const CODE_STEP = 0.01;

class CodeList {
  /** on: move(i, value), rest(), soon(). */
  constructor(widget, on) {
    Object.assign(this, { widget, on, host: widget.find(".numbers"), rows: [] });
    widget.listen(this.host, "toggle", () => this.show(widget.code()));
  }

  /** One row per number, the one that tells most images apart first. The order changes with the model. */
  follow({ k, variances, codes }) {
    this.host.hidden = k < 3;
    this.host.querySelector("summary").textContent = `All ${k} numbers, those that vary most first; the bar is the variance of μ`;
    if (k < 3) return;
    if (this.rows.length !== k) this.build(k);
    let reach = PRIOR_RADIUS;
    for (const value of codes) if (Math.abs(value) > reach) reach = Math.abs(value);
    const order = [...variances.keys()].sort((a, b) => variances[b] - variances[a]), most = variances[order[0]];
    order.forEach((i, place) => {
      const { node, handle, variance, bar } = this.rows[i], { input } = handle;
      Object.assign(input, { min: -Math.ceil(reach), max: Math.ceil(reach) });
      if (!this.host.open) input.value = 0;   // until it is opened: a new range stands at its end
      node.style.order = place;
      variance.textContent = formatNumber(variances[i], variances[i] < 0.1 ? 3 : 2);
      bar.style.setProperty("--share", variances[i] / most || 0);
    });
    // Tab goes as the eye does.
    const rows = order.map((i) => this.rows[i].node), list = this.host.querySelector(".rows");
    if (!list.contains(this.widget.root.activeElement)) list.replaceChildren(...rows);
  }

  build(k) {
    this.rows = Array.from({ length: k }, (_, i) => {
      const node = element("div", "", "one"), input = document.createElement("input");
      Object.assign(input, { type: "range", className: "range", step: CODE_STEP });
      input.setAttribute("aria-label", `z${i + 1}`);
      const name = element("span", `z${lowered(i + 1)}`, "symbol is-z"), value = element("span", "", "number is-z");
      const variance = element("span", "", "number variance"), bar = element("i", "", "bar");
      variance.title = "Variance of this number over the images shown";
      node.append(name, input, value, bar, variance);
      const handle = new RangeHandle(this.widget, input, {
        move: (at) => this.on.move(i, at), rest: () => this.on.rest(), soon: () => this.on.soon(),
      });
      return { node, handle, value, variance, bar };
    });
    this.host.querySelector(".rows").replaceChildren(...this.rows.map(({ node }) => node));
  }

  show(code) {
    if (!this.host.open || this.host.hidden) return;
    this.rows.forEach(({ handle, value }, i) => {
      const text = formatNumber(code[i]);
      handle.show(roundTo(code[i], 2), text);
      value.textContent = text;
    });
  }
}
