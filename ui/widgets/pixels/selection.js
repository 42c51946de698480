// ---- selection.js: k of d pixels kept, the rest guessed from them --------------------------------

const NOTHING_NEW = 1e-9;   // share of a pixel's variance below which the kept ones already tell it

/** What is left of a covariance (d, d) once pixel j is known. Its trace is the error that is left. */
function knowing(covariance, d, j) {
  const left = Float64Array.from(covariance), own = covariance[j * d + j];
  for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) {
    left[a * d + b] -= covariance[a * d + j] * covariance[j * d + b] / own;
  }
  return left;
}

/** Keep, one after another, the pixel that lowers the error most: greedy, not the best set of k. */
function greedyPixels(covariance, d, count, kept = []) {
  const { left: start, errors } = keeping(covariance, d, kept), picks = [...kept];
  for (let left = start; picks.length < count;) {
    let best = -1, most = 0;
    for (let j = 0; j < d; j++) {
      if (picks.includes(j) || !isNew(left, covariance, d, j)) continue;
      let gain = 0;   // how far the trace falls
      for (let a = 0; a < d; a++) gain += left[a * d + j] ** 2 / left[j * d + j];
      if (gain > most) [best, most] = [j, gain];
    }
    if (best < 0) best = firstFree(picks);   // nothing is left to tell: any pixel will do
    else left = knowing(left, d, best);
    picks.push(best);
    errors.push(traceOf(left, d));
  }
  return { picks, errors };
}

/** Pixels kept in this order: what is left of the covariance, the error after each, which told nothing. */
function keeping(covariance, d, kept) {
  let left = covariance;
  const errors = [traceOf(left, d)], silent = [];
  for (const j of kept) {
    if (isNew(left, covariance, d, j)) left = knowing(left, d, j);
    else silent.push(j);
    errors.push(traceOf(left, d));
  }
  return { left, errors, silent };
}

const isNew = (left, covariance, d, j) => left[j * d + j] > NOTHING_NEW * covariance[j * d + j];

const firstFree = (picks) => Array.from({ length: picks.length + 1 }, (_, j) => j).find((j) => !picks.includes(j));

function traceOf(matrix, d) {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += Math.max(0, matrix[j * d + j]);
  return sum;
}

/** The decoder with the least squared error: x̂ = mean + (x_S − mean_S) A, A = C_SS⁻¹ C_S; S tells something new each. */
function guessFrom(S, { mean, covariance }, d) {
  const among = S.flatMap((a) => S.map((b) => covariance[a * d + b]));
  const withAll = S.flatMap((a) => [...covariance.subarray(a * d, (a + 1) * d)]);
  const A = solve(among, withAll, S.length, d);
  return (x) => {
    const guess = Float64Array.from(mean);
    S.forEach((j, row) => {
      for (let a = 0; a < d; a++) guess[a] += (x[j] - mean[j]) * A[row * d + a];
    });
    return guess;
  };
}
