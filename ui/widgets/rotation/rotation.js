// ---- rotation.js: two components, and what turning their axes changes -----------------------------
// Payload. Tensors: "x" (n, d) training images, 0 … levels, "y" (n,) their classes. Header: id, levels,
// shape, classes, partners (components to set beside the first, counted from 1), words {…}, state {turn,
// partner} (first mount only).
//
// Both axes turn together, so the rows stay orthonormal. Every number is measured from the turned rows.
// State sent to Python: {turn, partner}. In the console: canvas.btp {correlation, information, torn,
// error, skew, codes}.

const SHUFFLES = 10, SHUFFLE_SEED = 3;

class Rotation extends Widget {
  build() {
    this.plane = new Plane(this.find("[data-testid=rotation]"));
    this.legend = new Legend(this.find(".chips"), {
      canHide: false, onChange: () => { this.plane.stale = true; this.invalidate(); },
    });
    this.handle = new RangeHandle(this, this.find(".range"), {
      move: (turn) => { this.turn = turn; this.invalidate(); }, rest: () => this.commit(), soon: () => this.commitSoon(),
    });
  }

  receive({ header, tensors }) {
    if (header.id === this.header?.id) return;
    const [height, width] = header.shape, pixels = height * width;
    const { data, shape: [count] } = needTensor(tensors, "x", [null, pixels]);
    const classes = needTensor(tensors, "y", [count]).data;
    Object.assign(this, { pixels, count, classes, images: toUnit(data, header.levels), pca: null });
    if (!this.header) {
      const { turn, partner } = header.state ?? {};
      this.turn = turn >= 0 && turn <= 90 ? turn : 0;
      this.partner = header.partners.includes(partner) ? partner : header.partners[0];
    }
    this.header = header;
    this.legend.name(header.classes, null);
    this.legend.restyle(this.theme);
    this.nameChoices();
  }

  nameChoices() {
    const { words, partners } = this.header, put = (selector, text) => { this.find(selector).textContent = text; };
    put(".partners .sub", words.partner);
    put(".turn .sub", words.turn);
    this.find(".choices").setAttribute("aria-label", words.partner);
    const options = partners.map((value) => ({ value, words: element("span", String(value), "number") }));
    this.find(".choices").replaceChildren();
    this.choices = makeRadios(this, this.find(".choices"), "partner", options, (value) => {
      this.partner = value;
      this.face();
      this.commit();
    });
    this.measures = Object.fromEntries(["correlation", "information", "rows", "error"].map((name) => {
      const line = element("tr", "", name), head = element("th", words[name]), value = element("td");
      head.append(element("span", words[`${name}_gloss`], "sub"));
      line.append(head, value);
      return [name, { line, value, gloss: head.lastChild }];
    }));
    this.find("tbody").replaceChildren(...Object.values(this.measures).map(({ line }) => line));
  }

  /** After the first frame. */
  analyse() {
    this.pca = new Components(this.images, this.count, this.pixels);
    this.face();
  }

  /** The two axes and the codes along them, untouched by the turn. */
  face() {
    if (!this.pca) return;
    const { pca, count, pixels, images, partner, header } = this, axes = [pca.axis(0), pca.axis(partner - 1)];
    const points = new Float32Array(2 * count), codes = [new Float64Array(count), new Float64Array(count)];
    const centred = new Float64Array(count * pixels);
    for (let row = 0; row < count; row++) {
      const x = centred.subarray(row * pixels, (row + 1) * pixels);
      for (let j = 0; j < pixels; j++) x[j] = images[row * pixels + j] - pca.mean[j];
      axes.forEach((axis, k) => { points[2 * row + k] = codes[k][row] = dot(axis, x); });
    }
    Object.assign(this, { axes, codes, centred, measuredAt: null });
    this.torn = this.tornApart();
    const cloud = this.cloud = makeCloud(points, null, this.classes, header.classes, null);
    cloud.middles = new Map([...cloud.rows].map(([group, rows]) => [group, middleRow(points, rows)]));
    const reach = points.reduce((far, value) => Math.max(far, Math.abs(value)), 0);
    this.plane.look({ x: 0, y: 0, r: 1.06 * reach });
    this.plane.stale = true;
    this.invalidate();
  }

  /** The largest estimate where there is nothing to find: the same numbers, their pairs shuffled. */
  tornApart() {
    const uniform = uniformDraws(SHUFFLE_SEED), [a, b] = this.codes;
    let most = -Infinity;
    for (let round = 0; round < SHUFFLES; round++) {
      const shuffled = Float64Array.from(b);
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
      }
      most = Math.max(most, mutualInformation(a, shuffled));
    }
    return most;
  }

  /** Everything the table says, from the turned rows themselves. */
  measure() {
    const { axes, codes: [a, b], turn, count, pixels, centred } = this;
    const radians = turn * Math.PI / 180, c = Math.cos(radians), s = Math.sin(radians);
    const rows = [
      axes[0].map((entry, j) => c * entry + s * axes[1][j]), axes[0].map((entry, j) => c * axes[1][j] - s * entry),
    ];
    const turned = [a.map((value, i) => c * value + s * b[i]), a.map((value, i) => c * b[i] - s * value)];
    const pairs = Float64Array.from({ length: 2 * count }, (_, i) => turned[i % 2][i >> 1]);
    let lost = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < pixels; j++) {
        lost += (centred[i * pixels + j] - turned[0][i] * rows[0][j] - turned[1][i] * rows[1][j]) ** 2;
      }
    }
    const identity = [dot(rows[0], rows[0]) - 1, dot(rows[1], rows[1]) - 1, dot(rows[0], rows[1])];
    return {
      correlation: correlationOf(pairs), information: mutualInformation(...turned), torn: this.torn,
      error: lost / count, skew: Math.max(...identity.map(Math.abs)), codes: turned,
    };
  }

  settle() {
    this.turn = Math.round(this.turn);
    this.paint();
    if (this.pca) {
      const { correlation, information, error } = this.result;
      this.find(".spoken").textContent = `Turned by ${this.turn} degrees: correlation ${formatNumber(correlation, 3)}, `
        + `mutual information ${formatNumber(information)} nats, error ${formatNumber(error, 6)}. ${this.find(".note").textContent}`;
    }
    return { turn: this.turn, partner: this.partner };
  }

  // ---- drawing

  restyle() {
    this.legend.restyle(this.theme);
    this.plane.stale = true;
  }

  paint() {
    const { header, plane, turn, partner } = this;
    if (!header || !plane.measure()) return;
    const begun = performance.now();
    this.handle.show(turn, `${turn} degrees`);
    this.find(".value").textContent = `${turn}°`;
    for (const input of this.choices) input.checked = Number(input.value) === partner;
    if (!this.pca) { this.later ??= setTimeout(() => this.analyse()); return; }
    const key = `${turn} ${partner}`;
    if (this.measuredAt !== key) Object.assign(this, { measuredAt: key, result: this.measure() });
    this.paintPlane();
    this.paintMeasures();
    plane.canvas.btp = this.result;
    Object.assign(plane.canvas.dataset, {
      ready: "true", turn, partner, points: this.count, paintMs: (performance.now() - begun).toFixed(3),
    });
  }

  paintPlane() {
    const { plane, theme, cloud, legend, partner, turn } = this;
    const context = plane.begin(theme, (base) => {
      drawDots(base, plane, theme, cloud, legend);
      drawTicks(base, plane, theme);
    });
    if (turn) for (const degrees of [0, 90]) this.drawAxis(context, degrees, "", [3, 4]);
    this.drawAxis(context, turn, turn ? "u₁" : "z₁");
    this.drawAxis(context, turn + 90, turn ? "u₂" : `z${lowered(partner)}`);
    drawNames(context, plane, theme, cloud, legend);
    plane.canvas.setAttribute("aria-label", `Component 1 across, component ${partner} upwards, of ${this.count} digits; `
      + `their axes turned by ${turn} degrees.`);
  }

  /** Through the mean; dashed and unnamed: PCA's own, left behind. */
  drawAxis(context, degrees, name, dashes = []) {
    const { plane, theme } = this, angle = degrees * Math.PI / 180, [x, y] = [Math.cos(angle), Math.sin(angle)];
    const reach = 0.93 * plane.view.r;
    context.beginPath();
    context.moveTo(plane.X(-reach * x), plane.Y(-reach * y));
    context.lineTo(plane.X(reach * x), plane.Y(reach * y));
    context.setLineDash(dashes);
    for (const [colour, width] of name ? [[theme.paper, 5], [theme.z, 2]] : [[theme.muted, 1]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
    }
    context.setLineDash([]);
    context.font = `italic 17px ${theme.serif}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    haloText(context, theme, name, plane.X(reach * x) + 13 * y - 6 * x, plane.Y(reach * y) + 13 * x + 6 * y, theme.z, 5);
  }

  paintMeasures() {
    const { correlation, information, torn, error, skew } = this.result, { words } = this.header;
    const put = (name, value) => { this.measures[name].value.textContent = value; };
    put("correlation", formatNumber(correlation, 3));
    put("information", `${formatNumber(information)} nats`);
    put("rows", formatTiny(skew));
    put("error", formatNumber(error, 6));
    const { gloss } = this.measures.information;
    gloss.textContent = fill(words.information_gloss, { n: SHUFFLES, torn: formatNumber(torn) });
    this.find(".note").textContent = this.turn % 90 === 0 ? words.straight : words.turned;
  }

  leave() { clearTimeout(this.later); }
}

export default mount(Rotation);
