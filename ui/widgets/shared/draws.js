// ---- draws.js: chance, from a seed ---------------------------------------------------------------

/** Seeded draws, uniform on [0, 1): mulberry32. */
function uniformDraws(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Seeded standard normal draws, by Box–Muller from uniform ones. */
function normalDraws(seed, uniform = uniformDraws(seed)) {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
