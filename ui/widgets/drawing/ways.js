// ---- ways.js: three ways to draw a code, and where each draws ---------------------------------------

const WAYS = ["prior", "box", "fitted"];
const REGION_NAMES = { prior: "N(0, I)", box: "box", fitted: "fitted" };
const SAME_SPOT = 1e-6;   // latent units: a width below this is none

/** What the codes (n, 2) say of where to draw: their box, their mean, and A with AAᵀ their covariance. */
function measureCodes(codes) {
  const { mean, covariance } = covarianceOf(codes, codes.length / 2, 2);
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  codes.forEach((value, at) => {
    low[at % 2] = Math.min(low[at % 2], value);
    high[at % 2] = Math.max(high[at % 2], value);
  });
  const [xx, xy, , yy] = covariance, a = Math.sqrt(xx), c = a > 0 ? xy / a : 0;
  return { low, high, mean, covariance, A: [[a, 0], [c, Math.sqrt(Math.max(0, yy - c * c))]] };
}

/** One code z. Only the first way needs to know nothing of the codes. */
function drawCode(way, { low, high, mean, A }, { uniform, normal }) {
  if (way === "box") return [0, 1].map((k) => mix(low[k], high[k], uniform()));
  const eps = [normal(), normal()];
  if (way === "prior") return eps;                                              // N(0, I)
  return [0, 1].map((k) => mean[k] + A[k][0] * eps[0] + A[k][1] * eps[1]);   // N(mean, AAᵀ)
}

/** What is wrong with codes that have no width in some direction; "" if nothing is. */
function flatness({ low, high, covariance }) {
  const widths = [high[0] - low[0], high[1] - low[1]], { values } = eigenOf(covariance, 2);
  if (Math.max(...widths) < SAME_SPOT) {
    return "All codes lie on one spot. The box has no size and the fitted Gaussian no width: both draw that one code every time.";
  }
  if (Math.sqrt(values[1]) < SAME_SPOT) {
    return "All codes lie on one line. The fitted Gaussian has no width across it: its draws lie on that line too.";
  }
  return "";
}

/** The square that shows the codes and the fitted Gaussian to 3σ. */
function viewOf(codes, { mean, covariance: [xx, , , yy] }) {
  const reach = [3 * Math.sqrt(xx), 3 * Math.sqrt(yy)];
  return fitView([...codes, ...[-1, 1].flatMap((way) => [0, 1].map((k) => mean[k] + way * reach[k]))], false);
}

/** Where the three ways draw, the chosen one in full strength; returns where their names stand. */
function drawRegions(context, plane, theme, region, chosen) {
  const places = WAYS.map((way) => {
    context.globalAlpha = way === chosen ? 1 : 0.7;
    context.lineWidth = way === chosen ? 2 : 1.25;
    context.strokeStyle = theme.ink;
    return [way, ...REGIONS[way](context, plane, region, theme)];
  });
  context.globalAlpha = 1;
  return places;
}

function nameRegions(context, plane, theme, places, chosen) {
  context.textAlign = "left";
  context.textBaseline = "bottom";
  for (const [way, x, y] of places) {
    context.font = `${way === chosen ? 600 : 400} ${plane.small ? 11 : 13}px ${theme.sans}`;
    haloText(context, theme, REGION_NAMES[way], x, y, way === "prior" ? theme.prior : theme.ink);
  }
}

// Each strokes its outline and returns where its name stands.
const REGIONS = {
  prior(context, plane, region, theme) {
    drawPrior(context, plane, theme, false, context.lineWidth);
    return [plane.X(1.5), plane.Y(1.5)];
  },
  box(context, plane, { low, high }) {
    const [left, top] = [plane.X(low[0]), plane.Y(high[1])];
    context.strokeRect(left, top, plane.X(high[0]) - left, plane.Y(low[1]) - top);
    return [left + 5, top + 19];
  },
  fitted(context, plane, { mean, covariance }) {
    const { values, vectors: [ux, uy] } = eigenOf(covariance, 2);
    const [a, b] = [...values].map((value) => Math.sqrt(value) * plane.scale);
    context.setLineDash([1.5, 3.5]);
    for (const sigma of [1, 2]) {
      context.beginPath();
      context.ellipse(plane.X(mean[0]), plane.Y(mean[1]), sigma * a, sigma * b, -Math.atan2(uy, ux), 0, 2 * Math.PI);
      context.stroke();
    }
    context.setLineDash([]);
    return [plane.X(mean[0]) + 0.1 * plane.size, plane.Y(mean[1] + 2 * Math.sqrt(covariance[3])) - 3];
  },
};
