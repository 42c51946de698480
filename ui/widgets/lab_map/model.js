// ---- model.js: a network of the lab, its codes, and the plane they are seen in -------------------

const STRIP = 0.86;    // k = 1: how much of the square's height the classes' strips take
const FINER = 0.6;     // a dot's size where every image of a large set is drawn

/** The payload (see lab_map.js), checked; throws a sentence for the reader if it does not fit together. */
function readPicture(header, tensors) {
  widenBytes(tensors);
  const network = new Network(tensors, "model/", header), k = network.latent;
  const [rows, columns] = header.shape;
  if (network.pixels !== rows * columns) {
    throw new PayloadError(`This network decodes to ${network.pixels} pixels where ${rows} × ${columns} were announced.`);
  }
  const classes = needTensor(tensors, "y", [null]).data, count = classes.length;
  const codes = needTensor(tensors, "mu", [count, k]).data, variational = header.model === "vae";
  const withStd = needTensor(tensors, "std_rows", [null]).data;
  const std = needTensor(tensors, "std", [withStd.length, k]).data;
  const all = tensors.all_mu ? readAll(tensors, k) : null;
  const { mean, covariance } = covarianceOf(codes, count, k);
  return {
    ...header, names: header.classes, network, k, classes, count, codes, variational, all, mean,
    variances: Float64Array.from(mean, (_, i) => covariance[i * k + i]),
    std, stdOf: new Map(Array.from(withStd, (row, at) => [row, at])),
    facts: { likelihood: header.likelihood, c: header.c },
    losses: tensors.losses ? needTensor(tensors, "losses", [101]).data : null,
  };
}

function readAll(tensors, k) {
  const classes = needTensor(tensors, "all_y", [null]).data;
  return { classes, codes: needTensor(tensors, "all_mu", [classes.length, k]).data };
}

/** Weights of eight bits become numbers again: (byte − 128) times their row's scale. */
function widenBytes(tensors) {
  for (const [name, { shape, data: scales }] of Object.entries(tensors)) {
    if (!name.startsWith("scale/")) continue;
    const weight = tensors[`model/${name.slice(6)}`], width = weight.data.length / shape[0];
    weight.data = Float32Array.from(weight.data, (byte, at) => (byte - 128) * scales[(at / width) | 0]);
  }
}

/** Has nothing changed but words? (A pick while a network trains brings its q(z|x) along.) */
function isSamePicture({ id, data, live, stdOf }, header, { std_rows: { data: rows } }) {
  return id === header.id && data === header.data && live === header.live
    && stdOf.size === rows.length && rows.every((row) => stdOf.has(row));
}

/** The code of shown image `row` (k,). */
const codeOf = ({ codes, k }, row) => codes.subarray(row * k, (row + 1) * k);

/**
 * What a plane shows of a model: its projection, the codes in it as marks.js wants them, the square they
 * need and their own mean and spread. axes: [i, j], or null for the plane of most variance (k > 2).
 */
function seenIn(model, axes, before = null) {
  const { k, codes, count, prior, classes } = model;
  const pca = k > 2 && !axes ? principalAxes(codes, count, k, before?.length === k * k ? before : null) : null;
  const projection = pca ? widestOf(pca, k) : pairOf(k, axes ?? [0, k > 1 ? 1 : 0]);
  const points = projection.projectAll(codes), standard = standardOf(points);
  const view = fitView(points, prior);
  const cloud = makeCloud(points, null, classes, model.names, model.glyphs);
  if (k === 1) spreadOut(points, classes, view, model.names.length);
  return { projection, pca: pca?.axes ?? null, cloud, view, standard, ellipses: ellipsesOf(model, projection) };
}

/** Every image of the data set in the plane of `seen`. */
function allIn({ all, names, glyphs }, { projection, view }) {
  const points = projection.projectAll(all.codes);
  if (projection.k === 1) spreadOut(points, all.classes, view, names.length);
  return { ...makeCloud(points, null, all.classes, names, glyphs), finer: FINER };
}

/** One number has no second: each class gets a strip, where row after row finds a place of its own. */
function spreadOut(points, classes, { y, r }, groups) {
  classes.forEach((group, row) => {
    const within = ((row * 0.6180339887) % 1 - 0.5) * 0.7;
    points[2 * row + 1] = y + STRIP * r * (1 - 2 * (group + 0.5 + within) / groups);
  });
}

/** {row → ellipse} of the images whose q(z|x) was sent. */
function ellipsesOf({ variational, std, stdOf, k }, projection) {
  if (!variational) return new Map();
  return new Map([...stdOf].map(([row, at]) => [row, projection.ellipse(std, at * k)]));
}
