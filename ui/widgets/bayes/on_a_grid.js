// ---- on_a_grid.js: Bayes by brute force --------------------------------------------------------------
// Nothing here knows the formula: only the prior, the likelihood, and a sum. Models and answers as in
// closed_form.js. A grid is {half, side}: side × side places over [−half, half]².

const FIRST_GRID = { half: 6, side: 121 }, MOST_PLACES = 481, WIDEST_GRID = 48;
const AT_THE_RIM = 1e-8;    // share of the posterior in the outermost ring: more, and the grid is too small
const TOO_LITTLE = -45;     // nats below the top: e⁻⁴⁵ of it does not change a sum of doubles
const rooms = new Map();    // arrays are kept: they are filled again in every frame

/** Prior times likelihood at every place of the grid, divided by their sum. */
function bayesOnGrid({ W, b, c, x }, { half, side }) {
  const { axis, joint, mass } = roomFor(half, side), spacing = axis[1] - axis[0];
  const constant = -Math.log(2 * Math.PI) - Math.log(2 * Math.PI * c);   // of both densities, d = k = 2
  let top = -Infinity, i = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const z1 = axis[column], z2 = axis[row];
      const r1 = x[0] - b[0] - W[0] * z1 - W[1] * z2, r2 = x[1] - b[1] - W[2] * z1 - W[3] * z2;
      const logJoint = constant - (z1 * z1 + z2 * z2) / 2 - (r1 * r1 + r2 * r2) / (2 * c);
      if (logJoint > top) top = logJoint;
      joint[i++] = logJoint;
    }
  }
  let sum = 0;
  for (i = 0; i < joint.length; i++) {
    const under = joint[i] - top;
    sum += mass[i] = under > TOO_LITTLE ? Math.exp(under) : 0;
  }
  return { half, side, spacing, axis, mass, ...momentsOnGrid(mass, sum, axis), logEvidence: top + Math.log(sum * spacing * spacing) };
}

/** Mean and covariance of the places, each with its mass, and the share in the outermost ring. */
function momentsOnGrid(mass, sum, axis) {
  const last = axis.length - 1;
  let [m1, m2, s11, s12, s22, rim] = [0, 0, 0, 0, 0, 0], i = 0;
  for (let row = 0; row <= last; row++) {
    for (let column = 0; column <= last; column++) {
      const weight = mass[i++];
      if (!weight) continue;
      const share = weight / sum, z1 = axis[column], z2 = axis[row];
      m1 += share * z1;
      m2 += share * z2;
      s11 += share * z1 * z1;
      s12 += share * z1 * z2;
      s22 += share * z2 * z2;
      if (row === 0 || column === 0 || row === last || column === last) rim += share;
    }
  }
  const off = s12 - m1 * m2;
  return { mean: [m1, m2], covariance: [s11 - m1 * m1, off, off, s22 - m2 * m2], rim };
}

/**
 * Bayes on the first grid that is wide and fine enough: next to nothing at its rim, and places no further
 * apart than the posterior's smallest standard deviation. null where that would take more than 481² places.
 */
function bayesFineEnough(model) {
  let { half, side } = FIRST_GRID;
  while (half <= WIDEST_GRID && side <= MOST_PLACES) {
    const found = bayesOnGrid(model, { half, side });
    if (found.rim > AT_THE_RIM) half *= 2;
    else if (Math.sqrt(eigenOf(found.covariance, 2).values[1]) < found.spacing) side = 2 * side - 1;
    else return found;
  }
  return null;
}

function roomFor(half, side) {
  if (!rooms.has(side)) rooms.set(side, { joint: new Float64Array(side * side), mass: new Float64Array(side * side) });
  const axis = Float64Array.from({ length: side }, (_, k) => half * (2 * k / (side - 1) - 1));
  return { axis, ...rooms.get(side) };
}
