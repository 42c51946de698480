// ---- equation.js: the loss with its numbers -------------------------------------------------------
// loss = recon + β KL, in nats: for the image on the pad, and under it for the images kept aside.

class Equation {
  constructor(host) {
    this.host = host;
    this.cells = Object.fromEntries([...host.querySelectorAll("[data-cell]")]
      .map((cell) => [cell.dataset.cell, cell]));
  }

  print(cloud, { beta, means, variational }) {
    const recon = cloud.recon(), kl = cloud.kl ?? 0;
    this.host.classList.toggle("plain", !variational);
    this.write("loss", formatNumber(recon.mean + beta * kl, 1));
    this.write("recon", formatNumber(recon.mean, 1));
    this.write("recon-gloss", reconGloss(recon, cloud));
    this.write("kl", formatNumber(kl, 2));
    for (const cell of ["beta", "set-beta"]) this.write(cell, formatNumber(beta, beta % 1 ? 2 : 0));
    const above = means.floor === null ? "" : aboveFloor(means.recon - means.floor);
    this.write("set-name", `${means.n ?? "images"} kept aside`);
    this.write("set-loss", formatNumber(means.recon + beta * (means.kl ?? 0), 1));
    this.write("set-recon", formatNumber(means.recon, 1));
    this.write("set-recon-gloss", ["mean", above].filter(Boolean).join(", "));
    this.write("set-kl", formatNumber(means.kl ?? 0, 2));
  }

  write(cell, text) {
    if (this.cells[cell].textContent !== text) this.cells[cell].textContent = text;
  }
}

function reconGloss({ mean, error }, { count, floor, variational }) {
  const spread = error === null ? "" : ` ± ${formatNumber(error, error < 0.1 ? 2 : 1)}`;
  const of = count ? `mean of ${count} ${count === 1 ? "draw" : "draws"}${spread}`
    : variational ? "at μ, nothing drawn yet" : "at its point";
  return floor === null ? of : `${of}, ${aboveFloor(mean - floor)}`;
}

const aboveFloor = (nats) => `${formatNumber(nats, 1)} above the floor`;
