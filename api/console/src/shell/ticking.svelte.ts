// Time that goes on before the reader's eyes, four times a second.
let steadyMs = $state(performance.now());
setInterval(() => (steadyMs = performance.now()), 250);

/** Of the steady clock, in milliseconds; whoever reads it is shown anew as it goes on. */
export const ticking = (): number => steadyMs;
