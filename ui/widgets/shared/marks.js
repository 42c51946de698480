// ---- marks.js: what is drawn on a plane ---------------------------------------------------------
// Each quantity has one mark, everywhere: code μ = dot, q(z|x) = solid ellipse to scale, prior =
// dashed circle, probe z = ring with hairlines to the frame. Colour never stands alone.

/** Text on the plane stays legible over dots: a halo of paper under it. */
function haloText(context, theme, text, x, y, colour, halo = 4) {
  context.lineJoin = "round";
  context.strokeStyle = theme.paper;
  context.lineWidth = halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** q(z|x) of some codes, 1σ to scale; the same amount of ink however large they are. */
function drawEllipses(context, plane, theme, cloud, rows, legend) {
  context.strokeStyle = context.fillStyle = theme.q;
  context.lineWidth = 1.25;
  for (const row of rows) {
    if (legend.stateOf(cloud.classes[row]) !== "lit") continue;
    const area = cloud.std[2 * row] * cloud.std[2 * row + 1];
    traceEllipse(context, plane, cloud, row);
    context.globalAlpha = Math.min(0.14, 0.008 / area);
    context.fill();
    context.globalAlpha = Math.min(1, Math.max(0.3, 0.12 / Math.sqrt(area)));
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** One q(z|x) that stands out among them. */
function emphasise(context, plane, theme, cloud, row) {
  traceEllipse(context, plane, cloud, row);
  context.fillStyle = context.strokeStyle = theme.q;
  context.globalAlpha = 0.16;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 2.25;
  context.stroke();
}

function traceEllipse(context, plane, { points, std }, row) {
  const x = plane.X(points[2 * row]), y = plane.Y(points[2 * row + 1]);
  context.beginPath();
  context.ellipse(x, y, std[2 * row] * plane.scale, std[2 * row + 1] * plane.scale, 0, 0, 2 * Math.PI);
}

/** p(z): circles at 1σ and 2σ, named once. */
function drawPrior(context, plane, theme, named = true, width = 1.5) {
  context.strokeStyle = theme.prior;
  context.lineWidth = width;
  context.setLineDash([5, 4]);
  for (const sigma of [1, 2]) {
    context.beginPath();
    context.arc(plane.X(0), plane.Y(0), sigma * plane.scale, 0, 2 * Math.PI);
    context.stroke();
  }
  context.setLineDash([]);
  if (!named || plane.small) return;
  context.font = `italic 15px ${theme.serif}`;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  haloText(context, theme, "p(z)", plane.X(1.46), plane.Y(1.46), theme.prior);
}

/** Ticks inside the frame at round steps, no grid: the numbers state the units. upright: y has some too. */
function drawTicks(context, plane, theme, upright = true) {
  const { view, size, small } = plane, edge = small ? 10 : 14;
  const step = roundStep(2 * view.r, 7.6);
  context.font = `400 ${small ? 9 : 11}px ${theme.sans}`;
  const tick = (x0, y0, x1, y1) => {
    context.strokeStyle = theme.muted;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  };
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const { value, text } of roundTicks(view.x - view.r, view.x + view.r, step)) {
    const x = plane.X(value);
    if (x < edge || x > size - edge) continue;
    tick(x, size, x, size - 5);
    haloText(context, theme, text, x, size - 8, theme.muted, 3);
  }
  if (!upright) return;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const { value, text } of roundTicks(view.y - view.r, view.y + view.r, step)) {
    const y = plane.Y(value);
    if (y < edge || y > size - 20) continue;
    tick(0, y, 5, y);
    haloText(context, theme, text, 8, y, theme.muted, 3);
  }
}

/**
 * Every class named once, at its code nearest to their median (or at cloud.middles' row, where one was
 * chosen before); names push each other apart.
 */
function drawNames(context, plane, theme, cloud, legend) {
  const places = [];
  for (const [group, rows] of cloud.rows) {
    if (legend.stateOf(group) !== "lit") continue;
    const name = cloud.names[group] ?? String(group);
    const row = cloud.middles?.get(group) ?? middleRow(cloud.points, rows);
    const [x, y] = [cloud.points[2 * row], cloud.points[2 * row + 1]];
    places.push({ name, x: plane.X(x), y: plane.Y(y) });
  }
  const long = places.some((place) => place.name.length > 2);
  const height = plane.small ? 12 : 17;
  context.font = `600 ${long ? height - 3 : height}px ${theme.sans}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  if (places.length > 2 && isOneSpot(places, height)) places.splice(0, Infinity, { ...places[0], name: `${places.length} classes` });
  for (const place of places) place.reach = Math.max(height - 2, context.measureText(place.name).width / 2);
  pushApart(places);
  for (const { name, x, y, reach } of places) {
    if (x < -reach || x > plane.size + reach || y < 0 || y > plane.size) continue;
    haloText(context, theme, name, x, y, theme.ink, 5);
  }
}

/** A class may be a curve: the median itself can lie among another class's codes. */
function middleRow(points, rows) {
  const median = (axis) => {
    const values = Float32Array.from(rows, (row) => points[2 * row + axis]).sort();
    return values[values.length >> 1];
  };
  const x = median(0), y = median(1);
  let best = rows[0], least = Infinity;
  for (const row of rows) {
    const distance = Math.hypot(points[2 * row] - x, points[2 * row + 1] - y);
    if (distance < least) { least = distance; best = row; }
  }
  return best;
}

/** Pushed apart, names that all belong to one spot would show classes where there are none. */
function isOneSpot(places, reach) {
  return places.every(({ x, y }) => Math.hypot(x - places[0].x, y - places[0].y) < reach);
}

function pushApart(places) {
  for (let round = 0; round < 40; round++) {
    for (const a of places) {
      for (const b of places) {
        if (a === b) continue;
        const gap = Math.min(a.reach, b.reach), dx = a.x - b.x, dy = a.y - b.y;
        const distance = Math.hypot(dx, dy) || 1;
        if (distance >= gap) continue;
        const push = (gap - distance) / distance / 4;
        a.x += dx * push; a.y += dy * push;
        b.x -= dx * push; b.y -= dy * push;
      }
    }
  }
}

/**
 * The probe. Outside the view an arrowhead at the frame says where it went. Without `ringed` only its
 * hairlines: what it stands on has a mark of its own that the ring would hide.
 */
function drawProbe(context, plane, theme, [zx, zy], strength = 1, ringed = true) {
  const x = plane.X(zx), y = plane.Y(zy), size = plane.size, radius = plane.small ? 6 : 8;
  context.strokeStyle = theme.z;
  context.globalAlpha = 0.55 * strength;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(Math.min(size, x - radius), y);
  context.moveTo(Math.max(0, x + radius), y);
  context.lineTo(size, y);
  context.moveTo(x, 0);
  context.lineTo(x, Math.min(size, y - radius));
  context.moveTo(x, Math.max(0, y + radius));
  context.lineTo(x, size);
  context.stroke();
  context.globalAlpha = strength;
  if (x < 0 || y < 0 || x > size || y > size) drawArrow(context, theme, x, y, size);
  else if (ringed) drawRing(context, theme, x, y, radius);
  context.globalAlpha = 1;
}

function drawRing(context, theme, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = theme.paper;
  context.lineWidth = 7;
  context.stroke();
  context.strokeStyle = theme.z;
  context.lineWidth = 3;
  context.stroke();
  context.beginPath();
  context.arc(x, y, 1.6, 0, 2 * Math.PI);
  context.fillStyle = theme.z;
  context.fill();
}

function drawArrow(context, theme, x, y, size) {
  const inset = 12, clip = (value) => Math.min(size - inset, Math.max(inset, value));
  const px = clip(x), py = clip(y);
  context.save();
  context.translate(px, py);
  context.rotate(Math.atan2(y - py, x - px));
  context.beginPath();
  context.moveTo(9, 0);
  context.lineTo(-5, 7);
  context.lineTo(-5, -7);
  context.closePath();
  context.strokeStyle = theme.paper;
  context.lineWidth = 5;
  context.stroke();
  context.fillStyle = theme.z;
  context.fill();
  context.restore();
}

/** Codes and what belongs to them, as the marks above want them. */
function makeCloud(points, std, classes, names, glyphs) {
  const rows = new Map();
  classes.forEach((group, row) => {
    if (!rows.has(group)) rows.set(group, []);
    rows.get(group).push(row);
  });
  return { points, std, classes, names, glyphs, rows: new Map([...rows].sort(([a], [b]) => a - b)) };
}

/** Row of the code nearest to (x, y) in CSS pixels among lit classes, or −1 beyond `reach`. */
function nearestRow(plane, cloud, legend, x, y, reach) {
  let best = -1, least = reach * reach;
  cloud.classes.forEach((group, row) => {
    if (legend.stateOf(group) !== "lit") return;
    const dx = plane.X(cloud.points[2 * row]) - x, dy = plane.Y(cloud.points[2 * row + 1]) - y;
    const distance = dx * dx + dy * dy;
    if (distance <= least) { least = distance; best = row; }
  });
  return best;
}

/** Whose code is nearest to z, in words; "" where codes have no classes, or none of them is lit. */
function nearestInWords(plane, cloud, legend, [x, y], what = "nearest code") {
  const row = cloud.names.length > 1 ? nearestRow(plane, cloud, legend, plane.X(x), plane.Y(y), Infinity) : -1;
  return row < 0 ? "" : `${what}: ${withArticle(cloud.names[cloud.classes[row]])}`;
}
