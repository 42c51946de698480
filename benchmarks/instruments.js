// Put into a page before any of its own scripts: measures from outside, the product stays as it is.
// Times are performance.now() of the page in ms; an event's timeStamp is on the same clock and says
// when the browser got the input, so waiting for the main thread counts.
(() => {
  const bench = window.bench = {
    moves: [],      // one per pointermove with a button down, or per input of a handle:
                    // {at, framed, painted} times, {listener, frame, forward} durations
    sent: [],       // when a websocket frame was sent …
    received: [],   // … and received
    presses: [],    // when a pointer went down …
    releases: [],   // … and up
    clicks: [],
    pictures: [],   // when an <img> had loaded and was painted
    titles: [],     // when the first <h1> was painted
    maps: [],       // {model, at}: when a map was painted for the first time or with other weights
    ready: [],      // {testid, at}: when a figure was first painted
    longTasks: [],  // {at, ms}: the browser's own count, tasks over 50 ms
    slices: [],     // ms of every requestAnimationFrame callback
    lastFrame: 0,   // when the last of them ran
  };
  const request = window.requestAnimationFrame.bind(window);
  const waiting = [];   // moves whose frame has not been painted
  let current = null;

  /** Call back once the frame being prepared is handed to the compositor. */
  function afterPaint(callback) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => { port1.close(); callback(performance.now()); };
    port2.postMessage(null);
  }

  // ---- a pointermove (or input): all its listeners, then every animation callback of the next frame

  function heard(listener, target, event) {
    const counts = event.isTrusted && (event.type === "input" || event.buttons);
    if (!counts) return call(listener, target, event);
    if (current?.event !== event) {
      current = { event, at: event.timeStamp, listener: 0, framed: 0, frame: 0 };
      waiting.push(current);
    }
    if (event.currentTarget.dataset?.forwardMs) current.map = event.currentTarget;
    const begun = performance.now();
    try { return call(listener, target, event); } finally { current.listener += performance.now() - begun; }
  }

  const call = (listener, target, event) =>
    typeof listener === "function" ? listener.call(target, event) : listener.handleEvent(event);

  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  const wrappers = new WeakMap(), measured = new Set(["pointermove", "input"]);
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (!measured.has(type) || !listener) return add.call(this, type, listener, options);
    if (!wrappers.has(listener)) {
      wrappers.set(listener, function (event) { return heard(listener, this, event); });
    }
    return add.call(this, type, wrappers.get(listener), options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const known = measured.has(type) && listener && wrappers.get(listener);
    return remove.call(this, type, known || listener, options);
  };

  let painting = null;   // the moves that the frame being prepared will show
  window.requestAnimationFrame = (callback) => request((now) => {
    if (!painting && waiting.length) {
      painting = waiting.splice(0);
      for (const move of painting) move.framed = performance.now();
      afterPaint((painted) => { finish(painting, painted); painting = null; });
    }
    const begun = performance.now();
    try { callback(now); } finally {
      const spent = (bench.lastFrame = performance.now()) - begun;
      bench.slices.push(spent);
      for (const move of painting ?? []) move.frame += spent;
    }
  });

  function finish(moves, painted) {
    for (const { at, listener, framed, frame, map } of moves) {
      const forward = Number(map?.dataset.forwardMs ?? NaN);
      bench.moves.push({ at, listener, framed, frame, painted, forward });
    }
  }

  // ---- everything else that is only noted

  const send = WebSocket.prototype.send, sockets = new WeakSet();
  WebSocket.prototype.send = function (data) {
    if (!sockets.has(this)) add.call(this, "message", () => bench.received.push(performance.now()));
    sockets.add(this);
    bench.sent.push(performance.now());
    return send.call(this, data);
  };
  for (const [type, list] of [["pointerdown", "presses"], ["pointerup", "releases"], ["click", "clicks"]]) {
    add.call(window, type, (event) => bench[list].push(event.timeStamp), true);
  }
  add.call(document, "load", ({ target }) => {
    if (target.tagName === "IMG") request(() => afterPaint((painted) => bench.pictures.push(painted)));
  }, true);
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) bench.longTasks.push({ at: startTime, ms: duration });
  }).observe({ type: "longtask" });

  const watcher = new MutationObserver(() => {
    if (!document.querySelector("h1")) return;
    watcher.disconnect();
    request(() => afterPaint((painted) => bench.titles.push(painted)));
  });
  watcher.observe(document, { childList: true, subtree: true });

  /** Maps live in shadow roots and say on themselves what they show, while they paint. */
  function watchMaps(root) {
    new MutationObserver((changes) => {
      for (const { target, oldValue, attributeName } of changes) {
        const { model, testid } = target.dataset;
        if (attributeName === "data-ready" && oldValue === null) afterPaint((at) => bench.ready.push({ testid, at }));
        if (attributeName !== "data-model" || testid !== "latent-map" || model === oldValue) continue;
        afterPaint((at) => bench.maps.push({ model, at }));
      }
    }).observe(root, { subtree: true, attributeFilter: ["data-model", "data-ready"], attributeOldValue: true });
  }
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watchMaps(root);
    return root;
  };

  /** Frames per second over `ms`, counted without disturbing what is counted. */
  bench.frameRate = (ms) => new Promise((resolve) => {
    let frames = 0, begun = 0;
    const count = (now) => {
      begun ||= now;
      if (now - begun >= ms) return resolve(1000 * frames / (now - begun));
      frames += 1;
      request(count);
    };
    request(count);
  });

  /** Hand over what was noted since the last time, and forget it. */
  bench.take = () => {
    const taken = {};
    for (const [name, list] of Object.entries(bench)) if (Array.isArray(list)) taken[name] = list.splice(0);
    return taken;
  };
})();
