// ---- theme.js: colours and faces are read from the page, never written here -------------------
// Streamlit gives a component its theme as --st-…; look.css adds --ink, --muted, --hairline and
// --prior on .stApp as light-dark(…) pairs, which only a used colour resolves: so every token is
// put on a hidden element and its computed colour is read back.

const TOKENS = {
  paper: "var(--st-background-color)",
  ink: "var(--st-text-color)",
  muted: "var(--muted, var(--st-gray-text-color))",
  hairline: "var(--hairline, var(--st-border-color))",
  x: "var(--st-gray-text-color)",
  prior: "var(--prior, var(--st-blue-text-color))",
  z: "var(--st-violet-text-color)",
  mu: "var(--st-orange-text-color)",
  q: "var(--st-blue-text-color)",
  recon: "var(--st-green-text-color)",
  kl: "var(--st-red-text-color)",
};
const INK_LEVELS = 1023;

/** host: an element inside the widget → colours, faces and the table that prints images. */
function readTheme(host) {
  const probe = document.createElement("i");
  probe.hidden = true;
  host.append(probe);
  const resolve = (value) => {
    probe.style.color = value;
    return getComputedStyle(probe).color;
  };
  const theme = {};
  for (const [name, value] of Object.entries(TOKENS)) theme[name] = resolve(value);
  const style = getComputedStyle(host);
  const list = style.getPropertyValue("--st-chart-categorical-colors");
  theme.classes = list.split(",").filter((colour) => colour.trim()).map(resolve);
  if (!theme.classes.length) theme.classes = [theme.ink];
  probe.remove();
  theme.id = JSON.stringify(theme);
  theme.serif = style.getPropertyValue("--serif").trim() || "Georgia, serif";
  theme.sans = style.getPropertyValue("--sans").trim() || style.fontFamily;
  theme.printed = inkTable(theme.paper, theme.ink);
  return theme;
}

/** "rgb(34, 38, 43)" → [34, 38, 43], as computed colours are written. */
const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);

/** Images are printed: entry 0 is paper, the last is ink, linear between (little-endian RGBA). */
function inkTable(paper, ink) {
  const [from, to] = [channels(paper), channels(ink)];
  return Uint32Array.from({ length: INK_LEVELS + 1 }, (_, level) => {
    const [r, g, b] = from.map((start, k) => Math.round(start + (to[k] - start) * level / INK_LEVELS));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

/** Canvas text drawn before its face is there stays in the wrong face: draw again when it is. */
function whenFacesLoad(theme, redraw) {
  const faces = [`600 17px ${theme.sans}`, `400 11px ${theme.sans}`, `italic 14px ${theme.serif}`];
  if (faces.every((face) => document.fonts.check(face))) return;
  Promise.allSettled(faces.map((face) => document.fonts.load(face))).then(redraw);
}
