// ---- walk.js: what one number of a code does to the image ----------------------------------------

const STEPS = 7, REACH = 2;   // images in a row; how far to either side of the mean code

/**
 * Decode the mean code with one of its numbers moved by −2 … 2, all others held: `count` images, one
 * after the other. If the unit is unused, the decoder has learnt to ignore it: all are the same image.
 */
function walkAlong(network, mean, unit, count = STEPS, reach = REACH) {
  const images = new Float32Array(count * network.pixels), z = Float32Array.from(mean);
  for (let k = 0; k < count; k++) {
    z[unit] = mean[unit] + reach * (2 * k / (count - 1) - 1);
    images.set(network.decode(z), k * network.pixels);
  }
  return images;
}

/** The largest change of any pixel over a row of images; 1 leads from paper to ink. */
function largestChange(images, pixels) {
  let most = 0;
  for (let p = 0; p < pixels; p++) {
    let low = Infinity, high = -Infinity;
    for (let at = p; at < images.length; at += pixels) {
      low = Math.min(low, images[at]);
      high = Math.max(high, images[at]);
    }
    most = Math.max(most, high - low);
  }
  return most;
}
