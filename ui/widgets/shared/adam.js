// ---- adam.js: one step of Adam -------------------------------------------------------------------

const ADAM_LEAST = 1e-8;   // ε: of the size a slope is divided by

/**
 * Each number moves by about `rate` against its slope; which step this is, t, counts from 1. mean and
 * square, as long as the numbers, start at 0 and are kept between steps: running means of the slope and of
 * its square, which decay by the two moments β₁ and β₂.
 */
function adamStep(numbers, slopes, { mean, square }, t, rate, [b1, b2]) {
  const filled = 1 - b1 ** t, squaresFilled = 1 - b2 ** t;   // how far the running means have come from 0
  for (let i = 0; i < numbers.length; i++) {
    const slope = slopes[i];
    mean[i] += (1 - b1) * (slope - mean[i]);
    square[i] += (1 - b2) * (slope * slope - square[i]);
    numbers[i] -= rate * mean[i] / filled / (Math.sqrt(square[i] / squaresFilled) + ADAM_LEAST);
  }
}
