// ---- runners.js: ten linear autoencoders, started from ten seeds on one cloud --------------------

const FIELD = 10;                        // runners
const RATIO_LINE = 1.001, ANGLE_LINE = 1;   // there: loss ÷ floor, and degrees

class Runners {
  /** covariance (d, d), k numbers kept, the seeds of the first weights. Throws where nothing varies. */
  constructor(covariance, d, k, seeds) {
    const pca = pcaOf(covariance, d, k);
    Object.assign(this, { d, k, pca, steps: 0, milliseconds: 0 });
    this.total = pca.values.reduce((sum, value) => sum + value, 0);
    this.floor = pca.floor / pca.values[0];   // as the runners see it: first variance 1
    this.runners = seeds.map((seed) => ({
      seed, network: new LinearAutoencoder(pca.scaled, d, k, seed), ratios: [], angles: [], ways: [],
    }));
    for (const runner of this.runners) this.record(runner, runner.network.loss);
  }

  get done() { return this.steps >= LINEAR_STEPS; }

  /** What the loss is a multiple of: PCA's floor; where k numbers lose nothing, all the variance. */
  get unit() { return this.floor || this.total / this.pca.values[0]; }

  angleOf(decoder) { return largestAngle(decoder, this.pca.axes, this.d, this.k); }

  record({ network, ratios, angles, ways }, loss) {
    ratios.push(Math.max(0, loss) / this.unit);
    angles.push(this.angleOf(network.decoder));
    if (this.k === 1) ways.push(network.decoder.slice(0, 2));
  }

  /** Every runner takes steps up to step `until`, or as many as fit into so many milliseconds. */
  advance(until, milliseconds = Infinity) {
    const begun = performance.now();
    while (this.steps < Math.min(until, LINEAR_STEPS) && performance.now() - begun < milliseconds) {
      for (const runner of this.runners) {
        runner.network.step();
        this.record(runner, runner.network.loss);
      }
      this.steps++;
    }
    this.milliseconds += performance.now() - begun;
  }

  /** Is this runner at PCA's plane at `step`? Without a floor only what is lost can be judged. */
  there({ ratios, angles }, step) {
    return this.floor ? ratios[step] < RATIO_LINE && angles[step] < ANGLE_LINE : ratios[step] < RATIO_LINE - 1;
  }

  /** The step from which on a runner has stayed there; null if it is not there now. */
  arrival(runner) {
    let step = this.steps + 1;
    while (step > 0 && this.there(runner, step - 1)) step--;
    return step > this.steps ? null : step;
  }
}
