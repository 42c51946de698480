// ---- radios.js: one of several, as radio buttons --------------------------------------------------

/** Inside `host`, one per {value, words (a text or a node)}; `chose(value)` when one is taken; returns the inputs. */
function makeRadios(widget, host, name, options, chose) {
  return options.map(({ value, words }) => {
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value });
    label.append(input, words);
    widget.listen(input, "change", () => chose(value));
    widget.listen(input, "keydown", (event) => event.stopPropagation());
    host.append(label);
    return input;
  });
}
