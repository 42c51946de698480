// ---- format.js: numbers and symbols as the reader sees them -----------------------------------

const MINUS = "\u2212";   // a true minus, as wide as a plus

/** −0.34; never “−0.00”. */
function formatNumber(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** (0.27, −0.34) */
function formatPoint(point, digits = 2) {
  return `(${formatNumber(point[0], digits)}, ${formatNumber(point[1], digits)})`;
}

/** Decimals that show a step of the probe on a map of half-width `radius`. */
function digitsFor(radius) {
  if (radius > 9) return radius > 90 ? 0 : 1;
  return radius > 0.9 ? 2 : 3;
}

/** 71.7 %: a share, as per cent with one decimal. */
const formatShare = (share) => (Number.isFinite(share) ? `${formatNumber(100 * share, 1)} %` : "–");

/** 0.0003: an error with one digit that counts, never below .0001. */
const formatError = (error) => (error < 1e-4 ? "0.0001" : formatNumber(error, Math.max(2, -Math.floor(Math.log10(error)))));

/** 3 · 10⁻¹⁵: the size of a number that is next to nothing. */
function formatTiny(value) {
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(0).split("e");
  return `${digits} · 10${raised(Number(power))}`;
}

/** -64 → ⁻⁶⁴ */
const raised = (number) => String(number).replace("-", "⁻").replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]);

/** 64 → ₆₄ */
const lowered = (number) => String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);

const roundTo = (value, digits) => Number(value.toFixed(digits));

/** The round step (1, 2 or 5 times a power of ten) that puts about `count` ticks into `span`. */
function roundStep(span, count) {
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999);
  return factor * power;
}

/** Multiples of `step` within [low, high], as {value, text} with just enough decimals. */
function roundTicks(low, high, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    ticks.push({ value: k * step, text: formatNumber(k * step, digits) });
  }
  return ticks;
}

/** Powers of ten within [low, high], no more than `count` of them, as {value, text}: 0.01, 1, 100, 10⁴. */
function powerTicks(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const step = Math.max(1, Math.ceil((last - first + 1) / count)), ticks = [];
  for (let power = first; power <= last; power++) {
    const text = Math.abs(power) < 4 ? formatNumber(10 ** power, Math.max(0, -power)) : `10${raised(power)}`;
    if (power % step === 0) ticks.push({ value: 10 ** power, text });
  }
  return ticks;
}

/** An article that can stand before a class name: “an 8”, “a circle”. */
function withArticle(word) {
  return `${/^(8|11|18|[aeiou])/i.test(word) ? "an" : "a"} ${word}`;
}

/** “{name}” in a sentence gives way to its value. */
function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A value in a column's own units, with the decimals that three figures of its range need. */
function inOwnUnits(value, span) {
  if (Math.max(Math.abs(value), span) >= 1e7 || (span > 0 && span < 1e-6)) {
    return value.toExponential(2).replace(/-/g, MINUS).replace("+", "");
  }
  return formatNumber(value, span > 0 ? Math.min(9, Math.max(0, 3 - Math.ceil(Math.log10(span)))) : 0);
}
