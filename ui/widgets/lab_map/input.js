// ---- input.js: an input that the lab hands to every map -------------------------------------------

const FEW = 100;              // images kept aside: with fewer they are counted, and nothing is marked
const UNLIKE = 0.99;          // share of the images kept aside above which an input is marked
const DIFFERENCE_ROOM = 64;   // CSS pixels of each of its three images

/** What a network answers to x, at the mean code: {mu, std, xHat, recon, kl, loss}, in nats. */
function answerTo({ network, facts, beta, variational }, x) {
  const { mu, std } = network.encode(x);
  const recon = negativeLogLikelihoodOfOutput(network.outputs(mu, 1), x, facts);
  const kl = variational ? klToPrior(mu, std) : 0;
  return { mu, std, recon, kl, loss: recon + (variational ? beta * kl : 0), xHat: network.decode(mu) };
}

/** Share of the images kept aside whose loss is smaller, from their percentiles 0 … 100 (101,). */
function shareBelow(losses, loss) {
  if (!(loss > losses[0])) return 0;
  if (loss > losses[100]) return 1;
  let at = 0;
  while (losses[at + 1] < loss) at += 1;
  return (at + (loss - losses[at]) / (losses[at + 1] - losses[at])) / 100;
}

const isFew = (aside) => aside !== null && aside < FEW;

/** Of `n` images, from the share between their smallest loss and their largest. */
function countBelow(share, n) {
  return share <= 0 ? 0 : share >= 1 ? n : Math.ceil(share * (n - 1) - 1e-9);
}

/** The same in words: never more than was measured, so rounded down. */
function shareInWords(share, aside, words) {
  if (isFew(aside)) return fill(words.few, { count: countBelow(share, aside), n: aside });
  if (share >= 1) return words.above_all;
  if (share <= 0) return words.below_all;
  const percent = Math.floor(1000 * share) / 10;
  return fill(share >= UNLIKE ? words.unlike : words.among, { percent: percent.toFixed(1) });
}

class InputPart {
  constructor(widget) {
    Object.assign(this, { widget, told: null, answer: null, host: widget.find(".input") });
  }

  part(name) { return this.host.querySelector(name); }

  /** detail: see ui/lab_input.py; null: there is no input. */
  hear(detail) {
    this.told = detail;
    this.ask();
  }

  /** Under the model there is now. */
  ask() {
    const { told, widget: { model } } = this;
    this.why = "";
    this.answer = null;
    this.shown = "";
    if (!told || !model) return;
    const [rows, columns] = told.shape ?? [], [height, width] = model.shape;
    if (told.x.length !== model.network.pixels || (told.shape && (rows !== height || columns !== width))) {
      this.why = fill(model.words.other_shape, { found: `${rows} × ${columns}`, wanted: `${height} × ${width}` });
    } else if ((told.table || model.table) && told.data !== model.data) this.why = model.words.other_table;
    else if (!model.network.mean) this.why = model.words.no_encoder;
    else this.answer = { x: told.x, ...answerTo(model, told.x) };
  }

  print(theme) {
    const { told, answer, why, host, widget: { model, seen } } = this, key = `${model.id} ${theme.id}`;
    if (key === this.shown) return;
    this.shown = key;
    host.hidden = !told;
    this.part(".parts").hidden = this.part(".verdict").hidden = this.part(".terms").hidden = !answer;
    this.part(".why").textContent = why;
    if (!answer) return;
    this.share = model.losses ? shareBelow(model.losses, answer.loss) : null;
    this.printImages(theme);
    const { facts, beta, variational, words } = model, spelled = (value) => formatNumber(value, 1);
    this.part(".terms").textContent = fill(variational ? words.loss : words.loss_point, {
      loss: spelled(answer.loss), recon: spelled(answer.recon), kl: spelled(answer.kl), beta,
    });
    const verdict = this.part(".verdict"), unlike = this.share >= UNLIKE && !isFew(model.aside);
    verdict.textContent = this.share !== null ? shareInWords(this.share, model.aside, words) : model.live ? words.live : words.not_measured;
    verdict.classList.toggle("unlike", unlike);
    host.dataset.share = this.share ?? "";
    host.dataset.loss = answer.loss.toFixed(4);
  }

  printImages(theme) {
    const { told, answer: { x, xHat }, widget: { model: { shape } } } = this;
    const images = { x, "x-hat": xHat, difference: x.map((value, i) => 0.5 + (value - xHat[i]) / 2) };
    for (const [name, values] of Object.entries(images)) {
      const canvas = this.part(`.${name} canvas`);
      printImage(canvas, values, shape, theme);
      fitCells(canvas, shape, DIFFERENCE_ROOM);
    }
    this.part(".x canvas").setAttribute("aria-label", `The input${told.words ? `: ${told.words}` : ""}`);
  }

  /** Where the input stands in the plane of `seen`. */
  mark({ projection }) {
    const { answer, widget: { model } } = this;
    if (!answer) return null;
    return { point: projection.project(answer.mu), ellipse: model.variational ? projection.ellipse(answer.std) : null };
  }
}
