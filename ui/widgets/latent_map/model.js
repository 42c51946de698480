// ---- model.js: a latent map's payload, checked ---------------------------------------------------

/** → what LatentMap draws; throws a sentence for the reader if the parts do not fit together. */
function readModel(header, tensors) {
  const network = new Network(tensors, "model/", header);
  needPlanar(network, header.shape);
  const classes = needTensor(tensors, "y", [null]).data, count = classes.length;
  const points = needTensor(tensors, "mu", [count, 2]).data;
  const variational = header.model === "vae";
  const std = variational ? needTensor(tensors, "std", [count, 2]).data : null;
  const cloud = makeCloud(points, std, classes, header.classes, header.glyphs);
  return {
    id: header.id, shape: header.shape, levels: header.levels, prior: Boolean(header.prior),
    dataset: header.dataset, beta: header.beta, facts: { likelihood: header.likelihood, c: header.c },
    means: header.means, words: header.words,
    network, cloud, variational,
    needed: fitView(points, header.prior),
    ellipses: header.ellipses, most: Math.min(header.most, count),
    originals: readOriginals(tensors, network.pixels),
  };
}

function readOriginals(tensors, pixels) {
  const rows = needTensor(tensors, "originals_index", [null]).data;
  const { data } = needTensor(tensors, "originals", [rows.length, pixels]);
  return { data, rowOf: new Map(Array.from(rows, (row, k) => [row, k])) };
}

/** The same images in the same order? Then codes can move from one model's places to the other's. */
function isSameData(a, b) {
  const [left, right] = [a.cloud.classes, b.cloud.classes];
  return left.length === right.length && String(a.shape) === String(b.shape)
    && left.every((group, row) => group === right[row]);
}

/** The walk from A to B: a line between two emphasised codes, each with its cloud and its letter. */
function drawWalk(context, plane, theme, cloud, [a, b], variational) {
  if (a === null) return;
  const at = (row) => [plane.X(cloud.points[2 * row]), plane.Y(cloud.points[2 * row + 1])];
  const places = a === b ? [[a, "A"]] : [[a, "A"], [b, "B"]];
  context.strokeStyle = theme.z;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(...at(a));
  context.lineTo(...at(b));
  context.stroke();
  for (const [row, letter] of places) {
    if (variational) emphasise(context, plane, theme, cloud, row);
    markEnd(context, plane, theme, ...at(row), letter);
  }
}

function markEnd(context, plane, theme, x, y, letter) {
  const radius = plane.small ? 2.5 : 4;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = theme.paper;
  context.lineWidth = 3;
  context.stroke();
  context.fillStyle = theme.mu;
  context.fill();
  context.font = `600 ${plane.small ? 11 : 14}px ${theme.sans}`;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  const right = x < plane.size - 24;
  haloText(context, theme, letter, right ? x + radius + 4 : x - radius - 14, y - radius, theme.mu);
}
