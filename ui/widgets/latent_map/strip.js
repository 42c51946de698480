// ---- strip.js: the input's cloud in numbers and pictures, under the map ---------------------------
// x, its q(z|x), the image at the probe, their difference, the autoencoder's one answer; draws as a
// film, their counts; four steps that light up the part they speak of. on: {input(fresh), drawn(),
// step(), repaint()}.

const ROOM = 96, ROOM_SMALL = 64, FILM_ROOM = 42, FILM_ROOM_SMALL = 32;   // CSS pixels
const FRAMES = 8;         // draws shown as pictures, newest first
const PRIOR_LIKE = 0.05;  // nats: a cloud this close to the prior is the prior, for the eye

class CloudStrip {
  constructor(widget, on) {
    Object.assign(this, { widget, on, input: null, cloud: null, step: 0, printed: "" });
    this.host = widget.find(".below");
    this.canvas = Object.fromEntries(["x", "difference", "answer"].map((name) =>
      [name, this.host.querySelector(`.${name} canvas`)]));
    this.frames = Array.from({ length: FRAMES }, () => this.makeFrame());
    this.equation = new Equation(this.host.querySelector(".equation"));
    for (const [part, many] of [["one", 1], ["many", 100]]) {
      widget.listen(this.host.querySelector(`.draw.${part}`), "click", () => this.drawCodes(many));
    }
    this.buttons = [...this.host.querySelectorAll(".step")];
    this.buttons.forEach((button, k) => widget.listen(button, "click", () => this.go(k + 1)));
    widget.listen(this.host.querySelector(".closer"), "click", () => widget.zoomTo(this.cloud));
    widget.listen(this.host.querySelector(".next"), "click", () => this.go(this.step % 4 + 1));
    hear(widget, "input", (detail) => this.take(detail));
  }

  makeFrame() {
    const canvas = document.createElement("canvas");
    canvas.className = "printed";
    canvas.setAttribute("aria-hidden", "true");
    this.host.querySelector(".frames").append(canvas);
    return canvas;
  }

  // ---- which cloud

  /** The pad says something: a new image, the same once more, or that there is none. */
  take(detail) {
    const before = this.input, again = before && detail && isSameInput(before, detail);
    this.input = detail;
    if (again && this.cloud) return this.redo();
    this.encode();
    this.on.input(Boolean(before));
    if (this.cloud && !detail.drawing) this.widget.speak(this.inWords());
  }

  /** Under new weights the same image has another cloud; until the codes have moved, `seen` lags. */
  follow(model) {
    this.model = model;
    const from = this.seen;
    this.encode();
    return from;
  }

  encode() {
    const { input, model } = this, fits = input && model && model.network.mean
      && input.dataset === model.dataset && input.x.length === model.network.pixels;
    this.cloud = fits ? new InputCloud(model.network, model.facts, input.x) : null;
    this.seen = this.cloud;
    this.redo();
  }

  /** Where the cloud is seen on its way from `from` to where it belongs. */
  move(from, k) {
    const { cloud } = this;
    if (!cloud || !from || k === 1) { this.seen = cloud; return; }
    const between = (name) => [0, 1].map((axis) => mix(from[name][axis], cloud[name][axis], k));
    this.seen = { mu: between("mu"), std: between("std") };
  }

  /** The class the image belongs to: as the pad says, its own, or that of the nearest code. */
  group({ cloud: { classes, points } }) {
    if (!this.cloud) return null;
    if (Number.isInteger(this.input.group)) return this.input.group;
    if (this.input.row !== null && this.input.row < classes.length) return classes[this.input.row];
    const [x, y] = this.cloud.mu;
    let best = 0, least = Infinity;
    for (let row = 0; row < classes.length; row++) {
      const distance = (points[2 * row] - x) ** 2 + (points[2 * row + 1] - y) ** 2;
      if (distance < least) { least = distance; best = row; }
    }
    return classes[best];
  }

  // ---- draws and steps

  drawCodes(many) {
    if (!this.cloud?.variational) return;
    this.cloud.draw(many);
    this.redo();
    this.on.drawn(this.cloud.latest());
    const { count, inside } = this.cloud;
    this.widget.speak(`${count} draws, ${inside[0]} inside 1σ, ${inside[1]} inside 2σ`);
  }

  go(step) {
    this.step = step;
    if (step === 1) this.on.step();
    if (step === 2 || (step > 2 && !this.cloud?.count)) this.drawCodes(1);
    this.redo();
    this.on.repaint();
    this.widget.speak(this.model.words.steps[step - 1]);
  }

  inWords() {
    const { mu, std, variational } = this.cloud, { digits } = this.widget;
    const width = variational ? `, σ = ${formatPoint(std, Math.max(2, digits))}` : "";
    return `${this.input.words}: μ = ${formatPoint(mu, digits)}${width}`;
  }

  // ---- drawing and printing

  /** On the map with its draws, on the decoded plane as outlines. z: where the probe stands. */
  draw(context, plane, theme, z, onMap) {
    const { cloud, seen, step } = this, last = cloud.latest();
    if (cloud.variational) drawCloud(context, plane, theme, seen, { fill: onMap, bold: step === 1 });
    if (onMap) drawDraws(context, plane, theme, cloud.draws);
    drawCentre(context, plane, theme, seen.mu);
    if (onMap && step > 1 && last && Math.hypot(z[0] - last[0], z[1] - last[1]) < 2e-3) {
      drawStep(context, plane, theme, seen.mu, z);
    }
  }

  /** The pulls lie over the probe, which may stand where they begin. */
  drawOver(context, plane, theme) {
    const { cloud, seen, step, model } = this;
    if (step === 4 && cloud.variational) drawPulls(context, plane, theme, seen.mu, cloud.pulls(model.beta));
  }

  redo() { this.printed = ""; }

  resize(shape, small) {
    const key = `${shape} ${small}`;
    if (key === this.sized) return;
    this.sized = key;
    for (const canvas of Object.values(this.canvas)) fitPixels(canvas, shape, small ? ROOM_SMALL : ROOM);
    for (const canvas of this.frames) fitPixels(canvas, shape, small ? FILM_ROOM_SMALL : FILM_ROOM);
  }

  /** z: where the probe stands; image: what it decodes to there. */
  print(z, plane, theme) {
    const { cloud, model } = this, of = `${z} ${theme.id} ${Object.values(plane.view)} ${plane.size}`;
    if (!cloud || of === this.printed) return;
    this.printed = of;
    const { shape, network } = model, image = network.glance(z);
    printImage(this.canvas.x, cloud.x, shape, theme);
    printImage(this.canvas.difference, cloud.x.map((value, i) => (1 + value - image[i]) / 2), shape, theme);
    this.printAnswer(shape, theme);
    this.printFacts(cloud, plane);
    this.printDraws(cloud, shape, theme);
    this.write(".cost", `costs ${formatNumber(cloud.lossAt(z), 1)} nats`);
    this.equation.print(cloud, model);
    this.printSteps();
  }

  printAnswer(shape, theme) {
    const { answer } = this.input;
    this.host.querySelector(".answer").hidden = !answer;
    if (answer) printImage(this.canvas.answer, answer, shape, theme);
  }

  printFacts(cloud, plane) {
    const digits = this.widget.digits, fine = Math.max(2, digits);
    this.write(".x .words", this.input.words);
    this.write(".q .mu", formatPoint(cloud.mu, digits));
    this.write(".q .std", formatPoint(cloud.std, Math.min(...cloud.std) < 0.05 ? 4 : fine));
    for (const part of this.host.querySelectorAll(".only-vae")) part.hidden = !cloud.variational;
    const { words } = this.model, inside = plane.clamp(cloud.mu).every((at, k) => at === cloud.mu[k]);
    let note = "";
    if (!inside) note = words.outside;
    else if (cloud.variational && isTiny(plane, cloud.std)) note = words.tiny;
    else if (cloud.variational && cloud.kl < PRIOR_LIKE) note = words.collapsed;
    this.write(".note", note);
    this.host.querySelector(".closer").hidden = !cloud.variational && inside;
  }

  printDraws(cloud, shape, theme) {
    this.frames.forEach((canvas, k) => {
      const z = cloud.latest(k);
      canvas.classList.toggle("empty", !z);
      if (z) printImage(canvas, cloud.network.glance(z), shape, theme);
      else clearImage(canvas, shape);
    });
    [1, 2].forEach((sigma, k) => {
      const { count, inside } = cloud, row = this.host.querySelector(`.inside${sigma}`);
      const share = count ? `${formatNumber(100 * inside[k] / count, 0)} %` : "–";
      row.querySelector(".found").textContent = `${inside[k]} of ${count}`;
      row.querySelector(".share").textContent = share;
      row.querySelector(".expected").textContent = `${formatNumber(100 * EXPECTED[k], 0)} %`;
    });
  }

  printSteps() {
    const { words } = this.model, step = this.cloud.variational ? this.step : 0;
    this.host.dataset.step = step;
    this.buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k + 1 === step)));
    this.write(".told", this.cloud.variational ? words.steps[step - 1] ?? words.begin : words.point);
  }

  write(selector, text) {
    const element = this.host.querySelector(selector);
    if (element.textContent !== text) element.textContent = text;
  }
}

function isSameInput(a, b) {
  return a.dataset === b.dataset && a.row === b.row && a.x.length === b.x.length
    && a.x.every((value, i) => value === b.x[i]);
}
