import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Feed, type Heard } from "./feed";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A stream that says some things, and then nothing until it is ended; its own ending is counted. */
function silentAfter(...words: string[]) {
  const seen = { opened: 0, ended: 0 };
  async function* open(signal: AbortSignal): AsyncGenerator<string> {
    seen.opened += 1;
    yield* words;
    await new Promise((_, refuse) => signal.addEventListener("abort", () => refuse(new Error("ended"))));
  }
  return { seen, open: (signal: AbortSignal) => (signal.addEventListener("abort", () => (seen.ended += 1)), open(signal)) };
}

test("what came last is told, with the time at which it came", async () => {
  const heard: Heard<string>[] = [];
  const feed = new Feed(silentAfter("one", "two").open, (news) => heard.push(news), () => 7);
  void feed.run();
  await vi.advanceTimersByTimeAsync(1);
  expect(heard.map(({ latest, atMs }) => [latest, atMs])).toEqual([["one", 7], ["two", 7]]);
  feed.stop();
});

test("a line that is dead without a word is ended, and opened anew", async () => {
  const { seen, open } = silentAfter("one");
  let last: Heard<string> | undefined;
  const feed = new Feed(open, (news) => (last = news), () => 0);
  void feed.run();
  await vi.advanceTimersByTimeAsync(6100);
  expect(seen).toEqual({ opened: 1, ended: 1 });
  expect(last?.problem).toBeInstanceOf(Error);
  expect(last?.latest).toBe("one");
  await vi.advanceTimersByTimeAsync(500);
  expect(seen.opened).toBe(2);
  expect(last?.problem).toBeUndefined();
  feed.stop();
});

test("tries are ever further apart, and who has stopped hears no more", async () => {
  let tries = 0;
  let told = 0;
  async function* refuses(): AsyncGenerator<string> {
    tries += 1;
    throw new Error("no server");
  }
  const feed = new Feed(refuses, () => (told += 1), () => 0);
  void feed.run();
  await vi.advanceTimersByTimeAsync(20_000);
  // 0, 0.5, 1.5, 3.5, 7.5 s, and then every 5 s.
  expect(tries).toBe(7);
  feed.stop();
  await vi.advanceTimersByTimeAsync(20_000);
  expect([tries, told]).toEqual([7, 7]);
});
