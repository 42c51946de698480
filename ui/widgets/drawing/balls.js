// ---- balls.js: which real images an image comes near ------------------------------------------------
// The ball of a real image reaches to its fifth nearest other real image. Distances are Euclidean along
// the first principal components of the training images.

class Balls {
  /** x (n, pixels) real images; axes (pixels, k) as columns; radii (n,). */
  constructor(x, axes, radii, pixels) {
    const width = axes.length / pixels;
    Object.assign(this, { axes, radii, pixels, width, count: radii.length });
    this.real = new Float64Array(this.count * width);
    this.place = new Float64Array(width);
    for (let row = 0; row < this.count; row++) {
      this.real.set(this.project(x, row * pixels), row * width);
    }
  }

  /** The coordinates of images[from …] along the axes: a view that the next call overwrites. */
  project(images, from) {
    const { axes, pixels, width, place } = this;
    place.fill(0);
    for (let i = 0; i < pixels; i++) {
      const value = images[from + i];
      if (value) for (let k = 0; k < width; k++) place[k] += value * axes[i * width + k];
    }
    return place;
  }

  /** Rows of the real images in whose ball images[from …] lies. */
  holding(images, from = 0) {
    const { real, radii, width } = this, place = this.project(images, from), rows = [];
    for (let row = 0; row < this.count; row++) {
      const enough = radii[row] ** 2;
      let squared = 0;
      for (let k = 0, at = row * width; k < width && squared < enough; k++) squared += (place[k] - real[at + k]) ** 2;
      if (squared < enough) rows.push(row);
    }
    return rows;
  }
}

/** The draws of one way, and what they have come near. */
class DrawnSet {
  constructor(way, index, balls, network) {
    Object.assign(this, { way, index, balls, network });
  }

  /** The first `count` draws of a seed. */
  begin(seed, count, region) {
    const uniform = uniformDraws(WAYS.length * seed + this.index);
    this.chance = { uniform, normal: normalDraws(seed, uniform) };
    Object.assign(this, { codes: [], images: [], near: [], reached: new Uint8Array(this.balls.count) });
    this.draw(count, region);
  }

  get count() { return this.codes.length; }
  get precision() { return this.near.reduce((sum, isNear) => sum + isNear, 0) / this.count; }
  get coverage() { return this.reached.reduce((sum, isReached) => sum + isReached, 0) / this.balls.count; }

  /** Draw `many` codes, decode them, and note which real images they come near. */
  draw(many, region) {
    const { network, balls } = this;
    for (let left = many; left > 0; left -= BATCH) {
      const size = Math.min(BATCH, left);
      const codes = Array.from({ length: size }, () => drawCode(this.way, region, this.chance));
      const images = network.decodeMany(Float32Array.from(codes.flat()), size);
      codes.forEach((z, k) => {
        const rows = balls.holding(images, k * network.pixels);
        for (const row of rows) this.reached[row] = 1;
        this.near.push(rows.length > 0 ? 1 : 0);
        this.codes.push(z);
        this.images.push(images.slice(k * network.pixels, (k + 1) * network.pixels));
      });
    }
    this.images = this.images.slice(-SHOWN);
  }

  /** The code of one of the images shown. */
  shown(index) { return this.codes[this.count - this.images.length + index]; }
}
