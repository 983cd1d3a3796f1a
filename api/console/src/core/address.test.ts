import fc from "fast-check";
import { expect, test } from "vitest";
import { read, written } from "./address";

test("an address leads to a screen and its settings, and others to none", () => {
  expect(read("#/trace?from=ticket&ticket=2026-17")).toEqual({ screen: "trace", settings: { from: "ticket", ticket: "2026-17" } });
  expect(written("wall")).toBe("#/wall");
  for (const nowhere of ["", "#", "#/", "#/admin", "#set-up=lhs_1", "#/wall/1"]) expect(read(nowhere).screen, nowhere).toBeUndefined();
});

test("whatever a setting holds is read again as it was", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (value) => read(written("trace", { value })).settings.value === value),
  );
});
