// ---- climber.js: q finds its own way -------------------------------------------------------------------
// Step by step and watched (a fit), or out of sight and then shown (a search). `figure` has hand, gradient,
// measured, image, c, full; put(cloud), go(cloud, name), commit(), commitSoon(), invalidate().

const PACE = 90;   // ms between two steps of a fit

class Climber {
  constructor(figure) { Object.assign(this, { figure, timer: 0, search: null, arrived: false }); }

  get fitting() { return this.timer !== 0; }

  /** One step uphill; true when there is nowhere higher to go. */
  step() {
    const { figure } = this, { gradient, hand: { cloud }, image, c, full } = figure, from = momentsOf(cloud);
    gradient.c = c;
    const { q, arrived } = ascend(gradient, image.x, full ? from : upright(from), full);
    figure.put(cloudOf(q, full ? cloud.turn : 0));
    figure.stopped = "";   // on its way q may touch the plane's edge and come back
    this.arrived = arrived;
    return arrived;
  }

  fit() {
    let steps = 0;
    const next = () => {
      if (!this.step() && ++steps < MOST_STEPS) { this.timer = setTimeout(next, PACE); return; }
      this.timer = 0;
      this.figure.commit();
    };
    this.timer = setTimeout(next);
    this.figure.invalidate();
  }

  /** The reader has taken hold of something, or asked to pause. */
  stop() {
    if (this.fitting) {
      clearTimeout(this.timer);
      this.timer = 0;
      this.figure.commitSoon();
    }
    Object.assign(this, { search: null, arrived: false });
  }

  /** Begin to look for the best q, from the encoder's and from the posterior's mean and covariance. */
  seek(name) {
    const { gradient, network, image: { x }, c, encoder, measured } = this.figure, { mean, cov } = measured.ask(x, c);
    gradient.c = c;
    this.search = { name, ascents: new Search(gradient, network, x, c, [momentsOf(encoder), { mu: mean, cov }], name === "best") };
    this.figure.invalidate();
  }

  /** Search for a frame. */
  work() {
    const { search, figure } = this;
    if (!search?.ascents.work(WORK)) return;
    const { name, ascents: { best: { q } } } = search;
    this.search = null;
    figure.go(cloudOf(q, figure.hand.cloud.turn), name);
  }
}
