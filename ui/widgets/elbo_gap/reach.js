// ---- reach.js: where q may be, and what of the plane is shown --------------------------------------------

const CLOSEST = 1.6, AROUND = 3;   // half-width of the closest view; deviations it shows on every side

/**
 * q where a grid over [−half, half]² can see all of it, as near to `cloud` as it may: {std, turn, mu, stopped
 * (is it another one?)}. A stretch or turn of `before` that would leave the plane is not taken.
 */
function withinReach(cloud, before, { narrow, wide, reach }, half) {
  const { turn } = cloud, std = cloud.std.map((width) => Math.min(wide, Math.max(narrow, width)));
  const { mu, cov } = momentsOf({ ...cloud, std }), most = [0, 1].map((k) => half - reach * Math.sqrt(cov[k][k]));
  const leaves = mu.some((at, k) => Math.abs(at) > most[k]);
  if (!leaves) return { mu, std, turn, stopped: std.some((width, k) => width !== cloud.std[k]) };
  if (before && (turn !== before.turn || std.some((width, k) => width !== before.std[k]))) return { mu, ...before, stopped: true };
  return { mu: mu.map((at, k) => Math.min(most[k], Math.max(-most[k], at))), std, turn, stopped: true };
}

/** The square of the plane that shows a posterior and a cloud, both with their deviations: a view. */
function squareAround(mean, width, cloud, half) {
  const ends = [0, 1].map((k) => [
    Math.max(-half, Math.min(mean[k] - AROUND * width[k], cloud.mu[k] - AROUND * cloud.std[k])),
    Math.min(half, Math.max(mean[k] + AROUND * width[k], cloud.mu[k] + AROUND * cloud.std[k])),
  ]);
  const r = Math.min(half, Math.max(CLOSEST, ...ends.map(([low, high]) => (high - low) / 2)));
  const [x, y] = ends.map(([low, high]) => roundTo(Math.min(half - r, Math.max(r - half, (low + high) / 2)), 2));
  return { x, y, r };
}
