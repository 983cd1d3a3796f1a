// What time it is: the server's clock, as this browser can know it.
//
// In: what the server said, and when it was asked and answered. Out: the server's time now, and by how much this device is
// off. Always: rules and footage go by the server's clock; the device's is only measured. Not here: words (`zone`).
import { type Moment, after, fromMillis } from "./moment";

/** A device that is further off than this is told so. */
export const NOTABLE_US = 1_000_000;

export class ServerClock {
  private constructor(
    /** Server minus device, in microseconds. */
    readonly offsetUs: number,
    /** Half of the way there and back: what the offset may be wrong by. */
    readonly errorUs: number,
    private readonly device: () => number,
  ) {}

  /** From one question: the server said `now` somewhere between `askedMs` and `answeredMs` of the device's clock. */
  static asked(now: Moment, askedMs: number, answeredMs: number, device: () => number = Date.now): ServerClock {
    const middle = fromMillis((askedMs + answeredMs) / 2);
    return new ServerClock(now - middle, Math.max(0, (answeredMs - askedMs) * 500), device);
  }

  now(): Moment {
    return after(fromMillis(this.device()), this.offsetUs);
  }

  /** Whether this device's clock is off by more than the measurement can be. */
  isOff(): boolean {
    return Math.abs(this.offsetUs) - this.errorUs > NOTABLE_US;
  }
}
