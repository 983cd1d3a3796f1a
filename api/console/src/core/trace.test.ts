import fc from "fast-check";
import { expect, test } from "vitest";
import { type Span, fromMillis, moment } from "./moment";
import { lane, question, summary, totalUs } from "./trace";
import { Zone } from "./zone";

const zone = new Zone("Asia/Shanghai");
const now = fromMillis(Date.parse("2026-11-22T02:00:00Z"));
const span = (start: number, end: number): Span => ({ start: moment(start), end: moment(end) });

test("settings are a question, or name the field that is wrong", () => {
  const asks = (end: Parameters<typeof question>[0], settings: Record<string, string>) => question(end, settings, zone, now);
  expect(asks("certificate", { certificate: " S000037040001264000001 " })).toEqual({ end: "certificate", value: "S000037040001264000001" });
  expect(asks("minute", { room: "room_1", at: "10:42:15" })).toEqual({ end: "minute", room: "room_1", at: fromMillis(Date.parse("2026-11-22T02:42:15Z")) });
  expect(asks("seat", { session: "ses_1", room: "room_1", seat: "03" })).toEqual({ end: "seat", session: "ses_1", room: "room_1", seat: "03", turn: 0 });
  expect(asks("ticket", { ticket: "  " })).toEqual({ wrong: "ticket" });
  expect(asks("minute", { room: "room_1", at: "noon" })).toEqual({ wrong: "at" });
  expect(asks("seat", { session: "s", room: "r", seat: "3", turn: "-1" })).toEqual({ wrong: "turn" });
});

test("links are counted by how they stand", () => {
  const links = ["done", "done", "missing", "not_needed", "open"].map((standing) => ({ standing }));
  expect(summary(links)).toEqual({ done: 2, open: 1, missing: 1 });
});

test("a hole is never drawn away, however short", () => {
  const drawn = lane([span(0, 40), span(50, 1000)], [span(40, 50)], span(0, 1000), 10);
  expect(drawn).toEqual({ covered: [span(0, 40), span(50, 1000)], missing: [span(40, 50)] });
  const spans = fc.array(fc.tuple(fc.nat(900), fc.integer({ min: 1, max: 100 })).map(([start, long]) => span(start, start + long)));
  fc.assert(
    fc.property(spans, spans, fc.integer({ min: 1, max: 2000 }), (covered, missing, width) => {
      const { covered: shown, missing: holes } = lane(covered, missing, span(0, 1000), width);
      const apart = shown.every((one) => holes.every((hole) => one.end <= hole.start || hole.end <= one.start));
      return apart && totalUs(holes) >= totalUs(missing.slice(0, 1));
    }),
  );
});
