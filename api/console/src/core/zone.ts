// Times as people read and type them: in the server's zone, whatever the browser's is.
//
// In: moments, or what somebody typed. Out: text, or moments. Always: the zone is the one that the server named. Not here:
// what time it is (`clock`).
import { type Moment, type Span, fromMillis, moment, toMillis } from "./moment";

export type Fineness = "minute" | "second" | "millisecond";

const DAY_MS = 86_400_000;

/** A zone of IANA, with its name for people. */
export class Zone {
  readonly #parts: Intl.DateTimeFormat;

  constructor(readonly id: string) {
    this.#parts = new Intl.DateTimeFormat("en-CA", {
      timeZone: id,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  }

  /** `2026-11-22` and `09:00:00`. */
  #read(at: Moment): { date: string; time: string } {
    const found = Object.fromEntries(this.#parts.formatToParts(toMillis(at)).map(({ type, value }) => [type, value]));
    const { year, month, day, hour, minute, second } = found;
    return { date: `${year}-${month}-${day}`, time: `${hour}:${minute}:${second}` };
  }

  date(at: Moment): string {
    return this.#read(at).date;
  }

  time(at: Moment, fineness: Fineness = "second"): string {
    const { time } = this.#read(at);
    if (fineness === "minute") return time.slice(0, 5);
    if (fineness === "second") return time;
    const millis = ((Math.floor(toMillis(at)) % 1000) + 1000) % 1000;
    return `${time}.${String(millis).padStart(3, "0")}`;
  }

  dateTime(at: Moment, fineness: Fineness = "second"): string {
    return `${this.date(at)} ${this.time(at, fineness)}`;
  }

  /** The day in which a moment lies. */
  day(at: Moment): Span {
    const start = this.#at(this.date(at), 0);
    return { start, end: this.#at(this.date(fromMillis(toMillis(start) + 1.5 * DAY_MS)), 0) };
  }

  /**
   * What somebody typed: `09:41`, `09:41:22.5`, `2026-11-22 09:41`, with a T or full-width colons as well. A time alone is of
   * the day of `near`. Nothing where it is no time.
   */
  parse(text: string, near: Moment): Moment | undefined {
    const plain = text.trim().replaceAll("：", ":");
    const found = /^(?:(\d{4}-\d{2}-\d{2})[ T]\s*)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?$/.exec(plain);
    if (!found) return undefined;
    const [, date, hours, minutes, seconds = "0", fraction = ""] = found;
    if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
    const wanted = date ?? this.date(near);
    if (Number.isNaN(Date.parse(`${wanted}T00:00:00Z`))) return undefined;
    const millis = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return moment(this.#at(wanted, millis) + Number(fraction.padEnd(6, "0")));
  }

  /** So many milliseconds of the wall after midnight of a day. Where a clock is put forward, the moment after it. */
  #at(date: string, millis: number): Moment {
    const wanted = Date.parse(`${date}T00:00:00Z`) + millis;
    let guess = wanted;
    // The offset of the guess is that of the answer but near a change of clocks: then once more.
    for (let round = 0; round < 2; round += 1) guess = wanted - this.#offset(guess);
    return fromMillis(guess);
  }

  /** What a clock on the wall is ahead of UTC, in milliseconds. */
  #offset(millis: number): number {
    const { date, time } = this.#read(fromMillis(millis));
    return Date.parse(`${date}T${time}Z`) - Math.floor(millis / 1000) * 1000;
  }
}
