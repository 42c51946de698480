// ---- motion.js: a change of model, seen -------------------------------------------------------

const CHANGE_OF_MODEL = 450;   // ms, the one long movement of the house
const NEXT_KEYFRAME = 260;     // ms, between two moments of one training

const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** Ease in and out. */
const ease = (t) => (t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) ** 2);

/** One running movement at a time; `step(k)` is called with k from 0 to 1, the last time with 1. */
class Motion {
  start(duration, step) {
    this.stop();
    const length = stillness.matches ? 0 : duration;
    if (!length) return step(1);
    const begun = performance.now();
    this.step = step;
    const tick = (now) => {
      const k = Math.min(1, Math.max(0, (now - begun) / length));
      if (k < 1) this.frame = requestAnimationFrame(tick);
      else this.step = null;
      step(ease(k));
    };
    step(0);
    this.frame = requestAnimationFrame(tick);
  }

  get running() { return Boolean(this.step); }

  /** Jump to the end: the reader has taken hold of something. */
  finish() {
    const step = this.step;
    this.stop();
    step?.(1);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.step = null;
  }
}

const mix = (from, to, k) => from + (to - from) * k;

function mixArrays(from, to, k, into) {
  for (let i = 0; i < into.length; i++) into[i] = from[i] + (to[i] - from[i]) * k;
}
