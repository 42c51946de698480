// ---- crowd.js: from one cloud to a space ---------------------------------------------------------
// How many images show their cloud: the input's own first, then two of its class, then others, up to
// where the ellipses together fill what the prior promises.

const GOLDEN = (Math.sqrt(5) - 1) / 2;   // its multiples fill [0, 1) evenly, however few they are
const MATES = 2;   // images of the input's class that show their clouds first
const FEW = 8;     // clouds: while there are no more, the mates are emphasised

class Crowd {
  constructor(widget) {
    Object.assign(this, { widget, many: 1, rows: [], output: widget.find(".crowd output") });
    this.handle = new RangeHandle(widget, widget.find(".crowd .range"), {
      move: (many) => this.show(many), rest: () => widget.commit(), soon: () => widget.commitSoon(),
    });
  }

  /** So many clouds under the model and for the input there are now. */
  show(many = this.many) {
    const { model, strip } = this.widget;
    this.many = Math.min(Math.max(many, 1), model.most);
    const others = model.variational ? this.many - (strip.cloud ? 1 : 0) : 0;
    this.rows = cloudOrder(model, strip.group(model)).slice(0, others);
    this.handle.input.max = model.most;
    this.handle.show(this.many, `${this.many} of ${model.most} clouds`);
    this.output.textContent = this.many;
    this.widget.find(".many").textContent = this.inWords(model, strip);
    this.widget.redrawCodes();
  }

  /** Whose clouds they are: few enough to be told apart, they are named. */
  inWords({ cloud }, strip) {
    const group = strip.group(this.widget.model), mates = this.many - 1;
    if (group === null || mates > MATES) return `${this.many} ${this.many === 1 ? "image" : "images"}`;
    return mates ? `this image and ${mates} of class ${cloud.names[group]}` : "this image";
  }

  draw(base, plane, theme, cloud, legend) {
    drawEllipses(base, plane, theme, cloud, this.rows, legend);
    if (this.many > FEW || !this.widget.strip.cloud) return;
    for (const row of this.rows.slice(0, MATES)) emphasise(base, plane, theme, cloud, row);
  }
}

/**
 * The order in which images show their clouds, `most` of them: two of class `group` (null: any), then
 * all over the set. Always the same one, and fewer are the first of more: ellipses must not change
 * places as training goes on or as the reader asks for another number.
 */
function cloudOrder({ cloud: { classes, rows }, most }, group) {
  const order = new Set();
  const visit = (candidates, many) => {
    for (let k = 0; order.size < many; k++) {
      order.add(candidates[Math.floor((((k + 0.5) * GOLDEN) % 1) * candidates.length)]);
    }
  };
  if (group !== null) visit(rows.get(group), Math.min(MATES, rows.get(group).length));
  visit(Array.from(classes.keys()), most);
  return [...order];
}
