// ---- deep.js: what a deep autoencoder loses, measured a few images per frame ---------------------

const DEEP_SLICE = 6;   // ms

class DeepErrors {
  /** sets: {name: {images (n, d), count}}; `done` is called once all of them are through the network. */
  constructor(network, sets, done) {
    Object.assign(this, { network, sets, errors: null });
    const sums = {}, names = Object.keys(sets);
    let set = 0, row = 0;
    const slice = () => {
      const until = performance.now() + DEEP_SLICE;
      while (set < names.length && performance.now() < until) {
        const name = names[set], { images, count } = sets[name], rows = Math.min(BATCH, count - row);
        sums[name] = (sums[name] ?? 0) + this.lost(images, row, rows);
        row += rows;
        if (row === count) [set, row] = [set + 1, 0];
      }
      if (set < names.length) { this.frame = requestAnimationFrame(slice); return; }
      this.errors = Object.fromEntries(names.map((name) => [name, sums[name] / sets[name].count]));
      done();
    };
    this.frame = requestAnimationFrame(slice);
  }

  /** Squared error, summed over pixels and over `rows` images. */
  lost(images, row, rows) {
    const { network } = this, { pixels } = network;
    const x = Float32Array.from(images.subarray(row * pixels, (row + rows) * pixels));
    const x_hat = network.decodeMany(network.mean.run(x, rows), rows);
    let sum = 0;
    for (let i = 0; i < rows * pixels; i++) sum += (x[i] - x_hat[i]) ** 2;
    return sum;
  }

  stop() { cancelAnimationFrame(this.frame); }
}
