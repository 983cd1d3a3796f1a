// The one clock of a review: wall time, speed and range. Cameras follow it, never the other way round.
//
// In: what a person wants, and the time of a steady clock in milliseconds. Out: the wall time to be shown. Always: within the
// range; a change of speed does not move the time. Not here: players (`camera_player`).
import { type Moment, type Span, after } from "./moment";

export const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;
export type Speed = (typeof SPEEDS)[number];

export class WallClock {
  #at: Moment;
  #sinceMs: number;
  #speed: Speed = 1;
  #runs = false;

  constructor(
    readonly range: Span,
    private readonly steadyMs: () => number = () => performance.now(),
  ) {
    this.#at = range.start;
    this.#sinceMs = steadyMs();
  }

  get speed(): Speed {
    return this.#speed;
  }

  /** Whether it goes on; at the end of its range it stands. */
  get runs(): boolean {
    return this.#runs && this.now() < this.range.end;
  }

  now(): Moment {
    if (!this.#runs) return this.#at;
    return this.#within(after(this.#at, (this.steadyMs() - this.#sinceMs) * 1000 * this.#speed));
  }

  seek(to: Moment): void {
    this.#at = this.#within(to);
    this.#sinceMs = this.steadyMs();
  }

  play(): void {
    this.seek(this.now());
    this.#runs = true;
  }

  pause(): void {
    this.seek(this.now());
    this.#runs = false;
  }

  setSpeed(speed: Speed): void {
    this.seek(this.now());
    this.#speed = speed;
  }

  #within(at: Moment): Moment {
    return Math.min(Math.max(at, this.range.start), this.range.end) as Moment;
  }
}
