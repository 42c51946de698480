// ---- model.js: one of the models of a terrain, checked -------------------------------------------

/** → {…facts, name, network, cloud, view, work}, and for a VAE the rows `shown` and its `forces`. */
function readModel(name, header, tensors, classes) {
  const facts = header.models[name], network = new Network(tensors, `${name}/`, facts);
  needPlanar(network, header.shape);
  const count = classes.length, read = (part) => needTensor(tensors, `${name}/${part}`, [count, 2]).data;
  const points = read("mu"), std = network.variational ? read("std") : null;
  const cloud = makeCloud(points, std, classes, header.classes, null);
  const model = { ...facts, name, network, cloud, view: fitView(points, network.variational), work: {} };
  if (!network.variational) return model;
  const places = needTensor(tensors, "points", [null, 2]).data;
  const weights = needTensor(tensors, "point_weights", [places.length / 2]).data;
  const shown = needTensor(tensors, "shown", [null]).data;
  return { ...model, shown, forces: new Forces(model, places, weights) };
}
