// ---- moments.js: means and variances of both estimators, exact and drawn ---------------------------

const FARTHEST = 6, NODE_STEP = 0.02;   // of ε, for means over N(0, 1); beyond lies 2 · 10⁻⁹
const GROUPED = [1, 4, 16, 64, 256];    // draws averaged
const FEWEST_GROUPS = 10;               // that a variance is measured over
const INTERVAL_FROM = 30;               // draws, from which an interval is worth the name
const NORMAL_95 = 1.959964;

/** E over ε ~ N(0, 1) of each of `count` numbers that f(ε, into) writes: the trapezoidal rule. */
function expectations(count, f) {
  const sums = new Float64Array(count), into = new Float64Array(count);
  let total = 0;
  for (let k = -FARTHEST / NODE_STEP; k <= FARTHEST / NODE_STEP; k++) {
    const eps = k * NODE_STEP, weight = Math.exp(-eps * eps / 2);
    f(eps, into);
    total += weight;
    for (let i = 0; i < count; i++) sums[i] += weight * into[i];
  }
  return sums.map((sum) => sum / total);
}

/** The true slope, both variances of a single draw, and the constant that makes the score function's least. */
function exactMoments(q, r, of, subtract) {
  const [slope, path, score, weighted, squared] = expectations(5, (eps, into) => {
    into[0] = pathwise(eps, q, r, of);
    into[1] = into[0] ** 2;
    const bare = scoreFunction(eps, q, r, of, 0), weight = of === "mu" ? eps : eps * eps - 1;
    into[2] = bare * bare;
    into[3] = r.value(q.mean + q.std * eps) * weight * weight;
    into[4] = weight * weight;
  });
  const truth = r.truth ? r.truth(q, of) : slope, best = weighted / squared;
  const saved = (best / q.std) ** 2 * squared;   // E[(r − b)² s²] = E[r² s²] − b² E[s²] at the best b
  const bare = score - truth ** 2;
  return { truth, baseline: best, bare, path: path - truth ** 2, score: subtract ? bare - saved : bare };
}

/** One estimator's values for all draws: {values, mean, variance, error}; error: half the 95 % interval. */
function drawnMoments(eps, count, estimate) {
  const values = new Float64Array(count);
  let sum = 0, squares = 0;
  for (let i = 0; i < count; i++) sum += values[i] = estimate(eps[i]);
  const mean = sum / count;
  for (let i = 0; i < count; i++) squares += (values[i] - mean) ** 2;
  const variance = squares / (count - 1);
  return { values, mean, variance, error: count < INTERVAL_FROM ? NaN : NORMAL_95 * Math.sqrt(variance / count) };
}

/** The variance of a mean of L draws, measured over as many groups of L as there are: [{L, variance}]. */
function groupVariances(values) {
  return GROUPED.filter((L) => values.length / L >= FEWEST_GROUPS).map((L) => {
    const groups = Math.floor(values.length / L), means = new Float64Array(groups);
    for (let group = 0, i = 0; group < groups; group++) {
      for (const end = i + L; i < end; i++) means[group] += values[i];
      means[group] /= L;
    }
    return { L, variance: drawnMoments(means, groups, (mean) => mean).variance };
  });
}
