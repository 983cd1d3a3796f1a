// Moments: microseconds of UTC, as the wire has them. They fit a number until the year 2255.
//
// Always: a moment is not mistaken for a length of time or a number of milliseconds. Not here: how people read it (`zone`).

/** A moment in UTC, in microseconds since 1970. */
export type Moment = number & { readonly moment: unique symbol };

/** Half-open: the start is in it, the end is not. */
export interface Span {
  readonly start: Moment;
  readonly end: Moment;
}

export const SECOND_US = 1_000_000;

export const moment = (micros: number | bigint): Moment => Number(micros) as Moment;

/** So many microseconds later. */
export const after = (at: Moment, micros: number): Moment => (at + micros) as Moment;

export const fromMillis = (millis: number): Moment => Math.round(millis * 1000) as Moment;

export const toMillis = (at: Moment): number => at / 1000;

/** From the wire's interval; nothing where there is none. */
export function span(interval: { startUs: bigint; endUs: bigint } | undefined): Span | undefined {
  return interval && { start: moment(interval.startUs), end: moment(interval.endUs) };
}
