// ---- gaussian_kl.js: one Gaussian against the prior ----------------------------------------------
// Payload. Header: id; state {q: [μ₁, μ₂, σ₁, σ₂], way: "qp" | "pq"} (first mount only); start, where
// q begins and Home returns it to; words {…}.
//
// The draws are eps ~ N(0, I) from a seed: they stay while q is dragged, so z = μ + σ eps moves with it
// and the mean over the draws follows the closed form. State sent to Python: {q, way}.
// In the console: canvas.btp.draws (n × 2, as they stand), canvas.btp.values.

const BATCH_OF_DRAWS = 100, MOST_DRAWS = 2000, DRAWS_SEED = 5;

class GaussianKl extends Widget {
  build() {
    this.plane = new Plane(this.find(".plane"));
    this.q = new Gaussians(this, this.plane, {
      changed: () => this.invalidate(),
      rest: () => this.commit(),
      soon: () => this.commitSoon(),
      home: () => this.restart(),
      chose: () => { this.announce(); this.invalidate(); },
    });
    this.ways = [...this.root.querySelectorAll("[name=way]")];
    for (const input of this.ways) {
      this.listen(input, "change", () => { this.way = input.value; this.commit(); });
      this.listen(input, "keydown", (event) => event.stopPropagation());
    }
    this.listen(this.find(".more"), "click", () => { this.drawMore(); this.announce(); });
    this.listen(this.find(".again"), "click", () => this.restart());
  }

  receive({ header }) {
    if (header.id === this.header?.id) return;
    if (!this.header) {
      this.put(header.state?.q ?? header.start);
      this.way = header.state?.way === "pq" ? "pq" : "qp";
    }
    this.header = header;
    this.rewind();
    this.invalidate();
  }

  put([x, y, a, b]) { this.q.clouds = [{ mu: [x, y], std: [a, b] }]; }

  restart() {
    this.put(this.header.start);
    this.q.widening = false;
    this.rewind();
    this.commit();
  }

  rewind() {
    this.draw = normalDraws(DRAWS_SEED);
    this.eps = [];
    this.drawMore();
  }

  drawMore() {
    const count = Math.min(BATCH_OF_DRAWS, MOST_DRAWS - this.eps.length);
    for (let i = 0; i < count; i++) this.eps.push([this.draw(), this.draw()]);
    this.invalidate();
  }

  settle() {
    const { mu, std } = this.q.cloud, q = [...mu, ...std].map((value) => roundTo(value, 2));
    this.put(q);
    this.announce();
    return { q, way: this.way };
  }

  announce() {
    const { mu, std } = this.q.cloud, { words } = this.header;
    const kl = ["qp", "pq"].map((way) => formatNats(closedForm(way, this.q.cloud)));
    const note = this.note();
    this.find(".spoken").textContent = `${this.q.widening ? words.widening : ""} μ = ${formatPoint(mu)}, `
      + `σ = ${formatPoint(std)}. KL(q‖p) ${kl[0]}, KL(p‖q) ${kl[1]} nats. ${note}`.trim();
  }

  paint() {
    if (!this.header || !this.plane.measure()) return;
    const begun = performance.now();
    const { cloud } = this.q, sampled = sampledKl(this.way, this.eps, cloud);
    this.paintPlane(sampled);
    this.paintWays();
    this.paintTerms();
    this.paintSampled(sampled);
    this.find(".mu").textContent = formatPoint(cloud.mu);
    this.find(".std").textContent = formatPoint(cloud.std);
    this.find(".note").textContent = this.note();
    const { canvas } = this.plane;
    canvas.btp = { ...sampled, way: this.way, kl: { qp: closedForm("qp", cloud), pq: closedForm("pq", cloud) } };
    Object.assign(canvas.dataset, {
      ready: "true", q: [...cloud.mu, ...cloud.std].map((value) => roundTo(value, 4)).join(","),
      paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintPlane({ draws }) {
    const { plane, theme } = this;
    const context = plane.begin(theme, (base) => { drawPrior(base, plane, theme); drawTicks(base, plane, theme); });
    context.fillStyle = theme.z;
    context.globalAlpha = draws.length > 500 ? 0.35 : 0.6;
    for (const [x, y] of draws) context.fillRect(plane.X(x) - 1.25, plane.Y(y) - 1.25, 2.5, 2.5);
    context.globalAlpha = 1;
    this.q.draw(context, theme);
    plane.canvas.setAttribute("aria-label", this.header.words.plane);
  }

  paintWays() {
    for (const input of this.ways) {
      const label = input.closest("label");
      input.checked = input.value === this.way;
      label.querySelector(".nats").textContent = `${formatNats(closedForm(input.value, this.q.cloud))} nats`;
      label.querySelector(".sub").textContent = this.header.words[`from_${input.value}`];
    }
  }

  paintTerms() {
    const { heads, pieces } = DIRECTIONS[this.way], { words } = this.header;
    const { mu, std } = this.q.cloud, rows = pieces(mu, std);
    const cells = (values, tag) => values.map((value) => element(tag, value));
    this.find("thead tr").replaceChildren(...cells(["", ...heads, "= KL"], "th"));
    this.find(".terms caption").textContent = words.closed;
    this.find("tbody").replaceChildren(...rows.map((row, k) => {
      const line = document.createElement("tr");
      line.append(element("th", `z${"₁₂"[k]}`), ...cells([...row, total(row)].map(formatNats), "td"));
      return line;
    }));
    this.find("tfoot tr").replaceChildren(...cells(["", ...words[`gloss_${this.way}`].split(" | "), ""], "td"));
  }

  paintSampled({ mean, error, draws }) {
    const { words } = this.header, exact = closedForm(this.way, this.q.cloud);
    this.find(".means").textContent = words[`means_${this.way}`].replace("{n}", draws.length);
    this.find(".estimate").textContent = `${formatNats(mean)} ± ${formatNats(error)} nats`;
    const off = error > 1e-9 ? formatNumber(Math.abs(mean - exact) / error, 1) : "0.0";
    this.find(".against").textContent = words.against.replace("{off}", off);
    this.find(".more").setAttribute("aria-disabled", String(draws.length >= MOST_DRAWS));
  }

  /** One sentence where the picture is at an edge; "" elsewhere. */
  note() {
    const { mu, std } = this.q.cloud, { words } = this.header, { scale, view } = this.plane;
    if (std.some((width) => width <= NARROWEST)) return words[`narrow_${this.way}`];
    if (mu.some((centre) => Math.abs(centre) > view.r - (EDGE + 1) / scale)) return words.far;
    if (mu.every((centre) => Math.abs(centre) < 0.03) && std.every((width) => Math.abs(width - 1) < 0.03)) {
      return words.same;
    }
    return "";
  }
}

/** Nats with as many decimals as their size leaves room for. */
function formatNats(value) {
  const size = Math.abs(value);
  return formatNumber(value, size >= 999.5 ? 0 : size >= 99.95 ? 1 : 2);
}

export default mount(GaussianKl);
