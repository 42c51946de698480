// ---- chart.js: the frame of a chart: its canvas, two axes with numbers, lines and their names ------
// A chart is {context, width, height, X, Y}: X and Y put a value on the canvas, in CSS pixels. Its room
// {left, right, top, bottom, ticks} is what it leaves around its lines; `ticks` lies between the axis
// across and the foot of the numbers under it.

/** A canvas's pixels, as many as `box` has on this screen; {width, height} in CSS pixels, null while there is no box. */
function fitCanvas(canvas, box = canvas) {
  const ratio = window.devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = box;
  if (!width || !height) return null;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  return { width, height, ratio };
}

/** The same, cleared and ready to be drawn on in CSS pixels: {context, width, height}. */
function beginCanvas(canvas, box = canvas) {
  const fit = fitCanvas(canvas, box);
  if (!fit) return null;
  const { width, height, ratio } = fit, context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Both axes, with numbers upwards and across: [{value, text}]. */
function drawFrame(chart, theme, room, up, across) {
  const { context, width, height } = chart, foot = height - room.bottom;
  Object.assign(context, { strokeStyle: theme.hairline, lineWidth: 1 });
  context.beginPath();
  context.moveTo(room.left - 0.5, room.top);
  context.lineTo(room.left - 0.5, foot + 0.5);
  context.lineTo(width - room.right, foot + 0.5);
  context.stroke();
  context.font = `400 11px ${theme.sans}`;
  Object.assign(context, { fillStyle: theme.muted, textAlign: "right", textBaseline: "middle" });
  for (const { value, text } of up) context.fillText(text, room.left - 7, chart.Y(value));
  Object.assign(context, { textAlign: "center", textBaseline: "alphabetic" });
  for (const { value, text } of across) context.fillText(text, chart.X(value), foot + room.ticks);
}

/** A straight line across at the height y. */
function drawLevel({ context, width }, room, y, colour, thick, dash) {
  context.beginPath();
  context.moveTo(room.left, y);
  context.lineTo(width - room.right, y);
  Object.assign(context, { strokeStyle: colour, lineWidth: thick });
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/** A straight line upwards at x, from `foot` to `top`. */
function drawUpright({ context }, x, foot, top, colour, thick, dash = []) {
  context.beginPath();
  context.moveTo(x, foot);
  context.lineTo(x, top);
  Object.assign(context, { strokeStyle: colour, lineWidth: thick });
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/** Two names {y} as far apart as it takes to read both, the upper one first; a single one stays. */
function keepApart([upper, lower], least) {
  if (!lower || lower.y - upper.y >= least) return;
  const middle = (upper.y + lower.y) / 2;
  upper.y = middle - least / 2;
  lower.y = middle + least / 2;
}

const OFF = 50;   // CSS pixels that a line goes on beyond its canvas, at most

/**
 * A function's line over an axis that shows [from, to]; heightAt(value) is in CSS pixels. The line stays the
 * canvas's path, to be filled.
 */
function drawFunction({ context, width, height }, room, [from, to], heightAt, colour, thick, dash = []) {
  const wide = width - room.left - room.right;
  context.beginPath();
  for (let x = 0; x <= wide; x += 0.5) {
    context.lineTo(room.left + x, Math.max(-OFF, Math.min(height + OFF, heightAt(from + (to - from) * x / wide))));
  }
  Object.assign(context, { strokeStyle: colour, lineWidth: thick, lineJoin: "round" });
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}
