// ---- response.js: the decoder that answers some clouds best --------------------------------------
// vae_core/best_response.py is the truth, this is its copy. At z the best decoder blends the images by
// each cloud's share of z; what the images then cost, on average, is the entropy of that blend.

const REACH = 4.55, NODES = 61;   // quadrature: a disc in standard deviations, nodes per axis
const ENTROPY_STEPS = 2048;       // of a table over the square root of p: exact to 1e-6 nats a pixel
const SURE = 1e-8;                // a share this small changes nothing that is shown

/** Entropy of a Bernoulli variable in nats, over √p for p in [0, ½]. */
const ENTROPY_TABLE = Float64Array.from({ length: ENTROPY_STEPS + 2 }, (_, k) => {
  const p = Math.min(0.5, 0.5 * (k / ENTROPY_STEPS) ** 2);
  return p > 0 ? -p * Math.log(p) - (1 - p) * Math.log1p(-p) : 0;
});

function bernoulliEntropy(p) {
  const place = Math.sqrt(2 * Math.max(0, Math.min(p, 1 - p))) * ENTROPY_STEPS, k = place | 0;
  return ENTROPY_TABLE[k] + (place - k) * (ENTROPY_TABLE[k + 1] - ENTROPY_TABLE[k]);
}

/** Points of the plane and their weights under N(0, I). */
function standardNodes() {
  const nodes = [], axis = Array.from({ length: NODES }, (_, k) => REACH * (2 * k / (NODES - 1) - 1));
  let sum = 0;
  for (const x of axis) {
    for (const y of axis) {
      if (x * x + y * y > REACH * REACH * (1 + 1e-12)) continue;
      const weight = Math.exp(-(x * x + y * y) / 2);
      sum += weight;
      nodes.push([x, y, weight]);
    }
  }
  return Float64Array.from(nodes.flatMap(([x, y, weight]) => [x, y, weight / sum]));
}

class BestResponse {
  /** images: three Float32Array(pixels), values in [0, 1]. */
  constructor(images) {
    this.images = images;
    this.nodes = standardNodes();
    this.share = new Float64Array(images.length);
    this.floor = images.reduce((sum, image) => sum + entropyFloor(image), 0) / images.length;
    // Where all images agree a blend costs what they do: only the other pixels are summed.
    const differs = (p) => images.some((image) => image[p] !== images[0][p]);
    const pixels = [...images[0].keys()].filter(differs);
    this.columns = images.map((image) => Float64Array.from(pixels, (p) => image[p]));
    this.own = this.columns.map((column) => column.reduce((sum, p) => sum + bernoulliEntropy(p), 0));
  }

  /** Each cloud's share of (x, y), into this.share; returns the entropy of the shares in nats. */
  divide(clouds, x, y) {
    const { share } = this, count = share.length;
    let most = -Infinity, sum = 0, doubt = 0;
    for (let i = 0; i < count; i++) {
      const { mu, std } = clouds[i], a = (x - mu[0]) / std[0], b = (y - mu[1]) / std[1];
      share[i] = -(a * a + b * b) / 2 - Math.log(std[0] * std[1]);
      if (share[i] > most) most = share[i];
    }
    for (let i = 0; i < count; i++) sum += share[i] = Math.exp(share[i] - most);
    for (let i = 0; i < count; i++) {
      share[i] /= sum;
      if (share[i] > 0) doubt -= share[i] * Math.log(share[i]);
    }
    return doubt;
  }

  /** f*(x, y): the blend, into `into` (pixels,). */
  answer(clouds, x, y, into) {
    this.divide(clouds, x, y);
    into.fill(0);
    this.images.forEach((image, i) => {
      const share = this.share[i];
      if (share < SURE) return;
      for (let p = 0; p < into.length; p++) into[p] += share * image[p];
    });
    return into;
  }

  /** Nats of the blend by `this.share`, over the pixels that differ. */
  blendEntropy() {
    const [a, b, c] = this.columns, { share } = this, u = share[0], v = share[1], w = share[2];
    let sum = 0;
    for (let p = 0; p < a.length; p++) sum += bernoulliEntropy(u * a[p] + v * b[p] + w * c[p]);
    return sum;
  }

  /** recon above the images' entropy in nats per image, and overlap = H(image given z) / log n. */
  measure(clouds) {
    const { nodes, share, own } = this, count = clouds.length;
    let recon = 0, overlap = 0;
    for (const { mu, std } of clouds) {
      for (let k = 0; k < nodes.length; k += 3) {
        const doubt = this.divide(clouds, mu[0] + std[0] * nodes[k], mu[1] + std[1] * nodes[k + 1]);
        const first = share[0] > share[1] ? 0 : 1, likely = share[first] > share[2] ? first : 2;
        recon += nodes[k + 2] * (share[likely] > 1 - SURE ? own[likely] : this.blendEntropy());
        overlap += nodes[k + 2] * doubt;
      }
    }
    const least = own.reduce((sum, nats) => sum + nats, 0) / count;
    return { recon: Math.max(0, recon / count - least), overlap: overlap / count / Math.log(count) };
  }
}
