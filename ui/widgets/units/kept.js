// ---- kept.js: how many directions a linear theory keeps at each β, and how many units networks used --

const KEPT_ROOM = { left: 40, right: 16, top: 24, bottom: 8, ticks: 0 };   // left and right: as in units.css
const DOT = 3.25, DOT_SMALL = 2.25, APART = 5;   // radii; from a β to the first dot beside it
const NAMED = 0.55;   // of the numbers: how high on the steps their name stands

/** How many eigenvalues exceed β: the directions in which the linear theory leaves the collapsed state. */
function keptByTheory(eigenvalues, beta, most) {
  let count = 0;
  while (count < most && eigenvalues[count] > beta) count++;
  return count;
}

class KeptChart {
  constructor(canvas) { this.canvas = canvas; }

  X(beta) {
    const [low, high] = this.range, room = this.width - KEPT_ROOM.left - KEPT_ROOM.right;
    return KEPT_ROOM.left + room * Math.log(beta / low) / Math.log(high / low);
  }

  Y(count) { return this.height - KEPT_ROOM.bottom - (this.height - KEPT_ROOM.top - KEPT_ROOM.bottom) * count / this.most; }

  /** facts: {eigenvalues, most, range, words, groups: [{filled, found: [{beta, units}]}]}; at β stands the line. */
  draw(theme, facts, beta) {
    Object.assign(this, facts, beginCanvas(this.canvas));
    const { context, most, words } = this, kept = keptByTheory(this.eigenvalues, beta, most);
    const ticks = [0, 8, 16, 24, 32].filter((count) => count <= most);
    drawFrame(this, theme, KEPT_ROOM, ticks.map((value) => ({ value, text: String(value) })), []);
    context.font = `400 12px ${theme.sans}`;
    Object.assign(context, { textAlign: "left", fillStyle: theme.muted });
    context.fillText(fill(words.up, { k: most }), 0, 12);
    drawUpright(this, this.X(beta), this.height - KEPT_ROOM.bottom, KEPT_ROOM.top, theme.kl, 2);
    this.drawSteps(theme);
    for (const group of this.groups) this.drawGroup(theme, group);
    this.drawMark(theme, beta, kept);
  }

  /** The theory's count as a function of β: it loses one at each eigenvalue. */
  drawSteps(theme) {
    const { context, range: [low, high], most, eigenvalues, words } = this;
    context.beginPath();
    let count = keptByTheory(eigenvalues, low, most);
    context.moveTo(this.X(low), this.Y(count));
    while (count > 0 && eigenvalues[count - 1] < high) {
      const x = this.X(eigenvalues[count - 1]);
      context.lineTo(x, this.Y(count));
      context.lineTo(x, this.Y(--count));
    }
    context.lineTo(this.X(high), this.Y(count));
    Object.assign(context, { strokeStyle: theme.ink, lineWidth: 1.75, lineJoin: "miter" });
    context.stroke();
    const named = Math.min(Math.round(NAMED * most), eigenvalues.length) - 1;
    context.font = `600 12px ${theme.sans}`;
    Object.assign(context, { textAlign: "left", textBaseline: "alphabetic", fillStyle: theme.ink });
    Object.assign(context, { strokeStyle: theme.paper, lineWidth: 4, lineJoin: "round" });   // over the line at β
    for (const way of ["strokeText", "fillText"]) {
      context[way](words.theory_line, this.X(eigenvalues[named]) + 8, this.Y(named + 1) - 4);
    }
  }

  /** Seeds of one kind, on their side of each β; equal counts stand side by side. */
  drawGroup(theme, { filled, found }) {
    const { context } = this, radius = this.width < 420 ? DOT_SMALL : DOT, way = filled ? 1 : -1;
    for (const { beta, units } of found) {
      const before = new Map();
      for (const count of units) {
        const place = before.get(count) ?? 0;
        before.set(count, place + 1);
        context.beginPath();
        context.arc(this.X(beta) + way * (APART + radius + place * (2 * radius + 1)), this.Y(count), radius, 0, 2 * Math.PI);
        Object.assign(context, { fillStyle: filled ? theme.mu : theme.paper, strokeStyle: theme.mu, lineWidth: 1.5 });
        context.fill();
        context.stroke();
      }
    }
  }

  drawMark(theme, beta, kept) {
    const { context } = this;
    context.beginPath();
    context.arc(this.X(beta), this.Y(kept), 5, 0, 2 * Math.PI);
    Object.assign(context, { fillStyle: theme.paper, strokeStyle: theme.kl, lineWidth: 2.5 });
    context.fill();
    context.stroke();
  }
}
