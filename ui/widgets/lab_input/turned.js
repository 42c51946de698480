// ---- turned.js: what is done to an input before the networks see it --------------------------------

const NOISE = 0.3, TURN_SEED = 10;   // noise: standard deviation, in shares of the range 0 … 1

const clipped = (value) => Math.min(1, Math.max(0, value));

/** x (d numbers from 0 to 1), turned; chance comes from a seed, so it is the same for every x. */
function turned(x, turn) {
  if (turn === "upside") return Float32Array.from(x).reverse();   // half a turn: the last pixel is first
  if (turn === "inverted") return Float32Array.from(x, (value) => 1 - value);
  if (turn === "noise") {
    const eps = normalDraws(TURN_SEED);
    return Float32Array.from(x, (value) => clipped(value + NOISE * eps()));
  }
  if (turn === "shuffled") {
    const uniform = uniformDraws(TURN_SEED), shuffled = Float32Array.from(x);
    for (let last = x.length - 1; last > 0; last--) {   // Fisher and Yates: all orders equally likely
      const other = Math.floor(uniform() * (last + 1));
      [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
    }
    return shuffled;
  }
  return Float32Array.from(x);
}
