// ---- model.js: the payload, checked ---------------------------------------------------------------

/** → what RateMap draws; throws a sentence for the reader if the parts do not fit together. */
function readRateModel(header, tensors) {
  const family = new FilmFamily(tensors, "model/", header);
  // The grid has a decoder of its own: its images take several frames while β moves on.
  const live = new FoldedFamily(family), still = new FoldedFamily(family, "decoder."), { network } = live;
  needPlanar(network, header.shape);
  const classes = needTensor(tensors, "y", [null]).data, count = classes.length;
  const images = needTensor(tensors, "x", [count, network.pixels]).data;
  const encoder = new FastEncoder(live, images, header.levels);
  // The encoder writes into these arrays: the cloud is always at the current β.
  const cloud = makeCloud(encoder.mu, encoder.std, classes, header.classes, header.glyphs);
  const { id, shape, levels, shown, floor, curve, individual, beyond, checks, words } = header;
  const ellipses = Array.from({ length: Math.min(header.ellipses, count) },
    (_, k) => Math.floor((k + 0.5) * count / header.ellipses));
  return {
    id, shape, levels, shown, floor, curve, individual, beyond, checks, words,
    live, still, encoder, cloud, images, ellipses,
  };
}

/** The row of each class where its name stands. */
function middleRows({ points, rows }) {
  return new Map([...rows].map(([group, own]) => [group, middleRow(points, own)]));
}

/** The image the probe rides on: its cloud emphasised, its code a dot. */
function drawPicked(context, plane, theme, cloud, row) {
  emphasise(context, plane, theme, cloud, row);
  context.beginPath();
  const x = plane.X(cloud.points[2 * row]), y = plane.Y(cloud.points[2 * row + 1]);
  context.arc(x, y, plane.small ? 2.5 : 4, 0, 2 * Math.PI);
  context.fillStyle = theme.mu;
  context.fill();
}
