// ---- lines.js: the lines, and what each term is worth ---------------------------------------------
// A line is {ask, terms: [[sign, name], …]}: the signed terms add up to its value. `told` is what the figure
// of the ELBO tells of x, of c and of its q, in nats.

const LINES = [
  { ask: "min", terms: [[1, "gap"]] },
  { ask: "min", terms: [[1, "log_q"], [-1, "log_posterior"]] },
  { ask: "min", terms: [[1, "log_q"], [-1, "log_prior"], [-1, "log_likelihood"], [1, "log_evidence"]] },
  { ask: "min", terms: [[1, "log_q"], [-1, "log_prior"], [-1, "log_likelihood"]] },
  { ask: "min", terms: [[1, "kl_prior"], [-1, "log_likelihood"]] },
  { ask: "max", terms: [[1, "log_likelihood"], [-1, "kl_prior"]] },
  { ask: "max", terms: [[-1, "squared"], [-1, "kl_prior"]] },
];

/** How a term is written, in whose colour, and its value. */
const TERMS = {
  gap: { symbol: "KL(q_x ‖ p(z|x))", colour: "is-kl", value: ({ terms }) => terms.gap },
  log_q: { symbol: "E_q[log q_x(z)]", colour: "is-q", value: ({ terms }) => -terms.entropy },
  log_posterior: { symbol: "E_q[log p(z|x)]", colour: "", value: ({ terms }) => terms.expectedLogPosterior },
  log_prior: { symbol: "E_q[log p(z)]", colour: "is-prior", value: ({ terms }) => terms.crossPrior },
  log_likelihood: { symbol: "E_q[log p(x|z)]", colour: "is-recon", value: ({ terms }) => terms.expectedLogLikelihood },
  log_evidence: { symbol: "log p(x)", colour: "", value: ({ terms }) => terms.logEvidence },
  kl_prior: { symbol: "KL(q_x ‖ p(z))", colour: "is-kl", value: ({ terms }) => terms.klPrior },
  squared: { symbol: "E_q‖x − f(z)‖²/(2c)", colour: "is-recon", value: (told) => -told.terms.expectedLogLikelihood - constantOf(told) },
};

/** −log p(x|z) is ‖x − f(z)‖²/(2c) + this: the same for every q. */
const constantOf = ({ x, c }) => gaussianConstant(x.length, c);

const valueOf = (name, told) => (told ? TERMS[name].value(told) : NaN);

const sumOf = ({ terms }, told) => terms.reduce((sum, [sign, name]) => sum + sign * valueOf(name, told), 0);

/** "E_q[log p(z)]": letters in italics; words, brackets and bars upright; _q lowered. */
function typeset(symbol) {
  const host = element("span", "", "symbol");
  for (const piece of symbol.split(/(_\w|arg m..|log|KL|E(?=_)|[^a-z_ ]+)/).filter(Boolean)) {
    if (piece[0] === "_") host.append(element("sub", piece[1]));
    else if (/^(?!log$|arg m..$)[a-z ]+$/.test(piece)) host.append(piece);
    else host.append(element("b", piece));
  }
  return host;
}
