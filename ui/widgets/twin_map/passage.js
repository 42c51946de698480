// ---- passage.js: one model's codes on their way to another's ---------------------------------------
// The points keep their identity and move as they stand on the screen. What lies between two models is
// no model: it has no units, and nothing is decoded there.

/** A share k of the way: {view, cloud, probe}; `points` is written over. places: each model's probe. */
function passage(from, to, places, k, points) {
  const view = mixViews(from.view, to.view, k);
  for (let i = 0; i < points.length; i++) {
    const axis = i % 2 ? "y" : "x";
    points[i] = mixPlaces(from.cloud.points[i], to.cloud.points[i], axis, from.view, to.view, view, k);
  }
  const [a, b] = places;
  const probe = ["x", "y"].map((axis, i) => mixPlaces(a[i], b[i], axis, from.view, to.view, view, k));
  return { view, cloud: { ...to.cloud, points }, probe };
}

/** Where in `view` a coordinate is that stands at a in one view and at b in another. */
function mixPlaces(a, b, axis, from, to, view, k) {
  return view[axis] + view.r * mix((a - from[axis]) / from.r, (b - to[axis]) / to.r, k);
}
