// ---- film.js: one model's strip, the frame at the handle and what they are made of -----------------

const FRAMES = 11;                          // from A to B, both included
const LARGE_ROOM = 96, SMALL_ROOM = 40;     // CSS pixels
const SIGMAS = 2;                           // how far a cloud reaches along the line

class Film {
  constructor(widget, name, facts, network, cloud) {
    Object.assign(this, { widget, name, facts, network, cloud });
    this.node = widget.find("template").content.firstElementChild.cloneNode(true);
    const part = (selector) => this.node.querySelector(selector);
    this.strip = part(".strip");
    this.large = part(".large");
    this.parts = {
      labels: part(".labels"), clouds: part(".clouds"), value: part(".value"),
      original: part(".nearest canvas"), nearest: part(".nearest b"),
    };
    part(".name").textContent = facts.title;
    part(".head .sub").textContent = facts.note;
    part(".frame").classList.toggle("dashed", facts.twin === "ae");
    this.large.dataset.testid = `strip-${name}`;
    this.large.btp = { decode: (z) => network.decode(z), steps: () => [...this.steps] };
    this.base = document.createElement("canvas");
    this.digits = digitsFor(cloud.mu.reduce((far, value) => Math.max(far, Math.abs(value)), 0));
  }

  /** z, a share of the way along the straight line from A's code to B's. */
  at(share, [a, b] = this.widget.pair) {
    const { mu } = this.cloud;
    return [0, 1].map((k) => mix(mu[2 * a + k], mu[2 * b + k], share));
  }

  /** Decode the way from A to B: its frames, the nearest images, the change from frame to frame. */
  develop(images, unit) {
    const frames = Array.from({ length: FRAMES }, (_, k) => this.network.decode(this.at(k / (FRAMES - 1))));
    this.frames = frames;
    this.nearest = frames.map((frame) => images.real.nearest(frame).row);
    this.steps = frames.slice(1).map((frame, k) => distance(frame, frames[k]) / unit);
    this.length = this.steps.reduce((sum, step) => sum + step, 0);
    this.reach = this.cloud.std ? this.reachOfClouds() : null;
  }

  /** The shares of the way up to which A's cloud reaches, and from which on B's does. */
  reachOfClouds() {
    const [a, b] = this.widget.pair, { mu, std } = this.cloud;
    const [fromA, fromB] = [a, b].map((row) => SIGMAS / Math.hypot(
      ...[0, 1].map((k) => (mu[2 * b + k] - mu[2 * a + k]) / std[2 * row + k])));
    return [Math.min(1, fromA), Math.max(0, 1 - fromB)];
  }

  // ---- drawing

  /** The strip and its labels: whenever the pair, the size or the colours have changed. */
  print({ theme, header: { shape, classes }, pair, images }) {
    const { strip, base } = this, ratio = window.devicePixelRatio || 1;
    const width = Math.round(strip.clientWidth * ratio), height = Math.round(width / FRAMES);
    for (const canvas of [strip, base]) Object.assign(canvas, { width, height });
    const context = base.getContext("2d");
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, width, height);
    const sheet = new Sheet(FRAMES, 1, shape, width, height, theme.printed[0]);
    this.frames.forEach((frame, k) => sheet.paint(k, frame, 0, theme.printed));
    sheet.draw(context, 0, 0, width, height);
    const groups = this.nearest.map((row) => images.classes[row]);
    const ends = pair.map((row) => images.classes[row]);
    this.parts.labels.replaceChildren(...groups.map((group) => {
      const label = element("span", classes[group]);
      label.style.setProperty("--class", theme.classes[group % theme.classes.length]);
      label.classList.toggle("third", !ends.includes(group));
      return label;
    }));
    const names = groups.map((group) => classes[group]).join(", ");
    strip.setAttribute("aria-label", `${this.facts.title}: ${FRAMES} decodings from A to B. `
      + `Their nearest images are of the classes ${names}.`);
    this.printClouds();
  }

  printClouds() {
    const { clouds } = this.parts;
    clouds.hidden = !this.reach;
    if (!this.reach) return;
    const [until, from] = this.reach, place = (share) => 100 * (share * (FRAMES - 1) + 0.5) / FRAMES;
    const spans = [[0, until], [from, 1]];
    clouds.querySelectorAll(".reach").forEach((node, k) => {
      const bar = node.querySelector("i"), [low, high] = spans[k].map(place);
      bar.style.left = `${low}%`;
      bar.style.width = `${high - low}%`;
    });
    clouds.querySelector(".met").textContent = until >= from ? "they overlap" : "they do not meet here";
  }

  /** The frame at the handle, larger, and the image nearest to it. */
  paint({ theme, header: { shape, classes, levels }, share, images }) {
    const { strip, large, parts, network } = this;
    this.drawCursor(theme, share);
    const z = this.at(share), image = network.glance(z), { row } = images.real.nearest(image);
    printImage(large, image, shape, theme);
    fitPixels(large, shape, LARGE_ROOM);
    parts.value.textContent = formatPoint(z, this.digits);
    large.dataset.z = z.map((value) => value.toFixed(4)).join(",");
    if (this.shown === `${row} ${theme.id}`) return;
    this.shown = `${row} ${theme.id}`;
    const name = classes[images.classes[row]];
    printImage(parts.original, originalImage(images.bytes, row, network.pixels, levels), shape, theme);
    fitPixels(parts.original, shape, SMALL_ROOM);
    parts.nearest.textContent = name;
    parts.original.setAttribute("aria-label", `The nearest training image, ${withArticle(name)}`);
    large.setAttribute("aria-label", `${this.facts.title} at the handle; nearest: ${withArticle(name)}`);
    Object.assign(large.dataset, { ready: "true", model: this.facts.id, nearest: row });
    strip.dataset.ready = "true";
  }

  drawCursor(theme, share) {
    const { strip, base } = this, context = strip.getContext("2d");
    context.drawImage(base, 0, 0);
    context.fillStyle = theme.z;
    const ratio = window.devicePixelRatio || 1;
    const x = Math.round(strip.width * (share * (FRAMES - 1) + 0.5) / FRAMES - ratio / 2);
    context.globalAlpha = 0.7;
    context.fillRect(x, 0, ratio, strip.height);
    context.globalAlpha = 1;
  }
}

function distance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
