// ---- sum.js: what it adds up to: the loss forwards, its two slopes backwards -------------------------

/** `host` holds an equation, a table and a note; backwards the table stands in the equation's place. */
function paintSum(host, words, values, slopes, back, inside) {
  const equation = host.querySelector(".equation"), table = host.querySelector(".slopes");
  equation.hidden = back;
  table.hidden = !back;
  if (back) paintSlopes(table, words, slopes, inside);
  else equation.replaceChildren(...lossTerms(values, words).map(makeTerm));
  const note = back ? words[inside ? "cut" : "through"] : words[inside ? "drawn" : "thrown"];
  const place = host.querySelector(".note");
  if (place.textContent !== note) place.textContent = note;
}

/** [symbol, value, gloss, colour]; a sign has its symbol only. */
function lossTerms({ C, squares, kl, loss, constant }, words) {
  return [
    ["loss", formatNumber(loss), words.nats, ""], ["="],
    ["C", formatNumber(C, 1), "1/(2c)", ""], ["·"],
    ["‖x − x̂‖²", formatNumber(squares), words.squares, "is-recon"], ["+"],
    ["KL(q ‖ p)", formatNumber(kl), words.nats, "is-kl"], [""],
    [words.negative, formatNumber(loss + constant), fill(words.constant, { constant: formatNumber(constant) }), "apart"],
  ];
}

function makeTerm([symbol, value, gloss, colour]) {
  if (value === undefined) return element("span", symbol, "sign");
  const made = element("div", "", `term ${colour}`);
  made.append(element("span", symbol, "symbol"), element("b", value, "number"), element("i", gloss));
  return made;
}

/** One row per number the encoder puts out: the slope that comes from reconstruction, KL's, their sum. */
function paintSlopes(table, words, slopes, inside) {
  table.querySelector("caption").textContent = words.slopes;
  table.querySelector("thead tr").replaceChildren(
    ...["", words.from_recon, words.from_kl, words.both].map((text, k) => element(k ? "th" : "td", text, ["", "is-recon", "is-kl", ""][k])));
  const row = (name, part, i) => {
    const made = element("tr"), recon = inside ? words.nothing : formatNumber(slopes[`${part}_recon`][i], 3);
    const cells = [recon, formatNumber(slopes[`${part}_kl`][i], 3), formatNumber(slopes[part][i], 3)];
    made.append(element("th", name, "symbol"), ...cells.map((text, k) => element("td", text, ["is-recon", "is-kl", ""][k])));
    return made;
  };
  table.querySelector("tbody").replaceChildren(...[0, 1].map((i) => row(`μ${lowered(i + 1)}`, "mu", i)),
    ...[0, 1].map((i) => row(`log σ${lowered(i + 1)}²`, "logvar", i)));
}
