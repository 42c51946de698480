// ---- walk.js: from one image to another ----------------------------------------------------------
// Two picked images A and B, each beside its reconstruction, between them what the probe decodes to,
// and the handle that walks the straight line from one code to the other.

const END_ROOM = 84, END_ROOM_SMALL = 56;   // CSS pixels

class Walk {
  constructor(widget, on) {
    this.widget = widget;
    this.decoded = widget.find("[data-testid=decoded]");
    this.value = widget.find(".at .value");
    this.ends = ["a", "b"].map((name) => {
      const end = widget.find(`.end.${name}`), part = (selector) => end.querySelector(selector);
      return {
        original: part(".original"), rebuilt: part(".rebuilt"), name: part(".class"),
        mu: part(".mu"), std: part(".std"), deviation: part(".deviation"),
      };
    });
    this.input = widget.find(".line .range");
    this.handle = new RangeHandle(widget, this.input, on);
  }

  /** The image at the probe. Returns the milliseconds its decoding took. */
  printProbe(network, z, shape, theme, digits) {
    const begun = performance.now();
    const image = network.glance(z);
    const spent = performance.now() - begun;
    printImage(this.decoded, image, shape, theme);
    this.value.textContent = formatPoint(z, digits);
    return spent;
  }

  showHandle(share, enabled) {
    this.input.disabled = !enabled;
    this.handle.show(share, `${Math.round(100 * share)} % of the way from A to B`);
  }

  /** rows: [A, B], null where nothing is picked. */
  printEnds(rows, model, theme, digits) {
    rows.forEach((row, k) => this.printEnd(this.ends[k], row, model, theme, digits));
  }

  printEnd(end, row, model, theme, digits) {
    const { shape, network, cloud, originals, levels } = model;
    const stored = row === null ? undefined : originals.rowOf.get(row);
    if (stored === undefined) clearImage(end.original, shape);
    else {
      const image = originalImage(originals.data, stored, network.pixels, levels);
      printImage(end.original, image, shape, theme);
    }
    end.deviation.hidden = !model.variational || row === null;
    if (row === null) {
      clearImage(end.rebuilt, shape);
      end.name.textContent = "pick an image";
      end.mu.textContent = "–";
      return;
    }
    const of = (values) => [values[2 * row], values[2 * row + 1]];
    const mu = of(cloud.points), what = withArticle(cloud.names[cloud.classes[row]]);
    printImage(end.rebuilt, network.glance(mu), shape, theme);
    end.original.setAttribute("aria-label", `Picked image, ${what}`);
    end.rebuilt.setAttribute("aria-label", `Its reconstruction, ${what}`);
    end.name.textContent = what;
    end.mu.textContent = formatPoint(mu, digits);
    if (model.variational) end.std.textContent = formatPoint(of(cloud.std), Math.max(2, digits));
  }

  resize(shape, small) {
    const key = `${shape} ${small}`;
    if (key === this.sized) return;
    this.sized = key;
    fitPixels(this.decoded, shape, small ? ROOM_SMALL : ROOM);
    for (const { original, rebuilt } of this.ends) {
      for (const canvas of [original, rebuilt]) fitPixels(canvas, shape, small ? END_ROOM_SMALL : END_ROOM);
    }
  }
}
