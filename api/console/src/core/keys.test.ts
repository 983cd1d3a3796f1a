import { expect, test } from "vitest";
import { BINDINGS, KeyMatcher, type Press, shown } from "./keys";

const press = (code: string, more: Partial<Press> = {}): Press => ({
  code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, typing: false, ...more,
});

test("keys do what the list says, on the screen that it names", () => {
  const keys = new KeyMatcher(() => 0);
  expect(keys.match(press("Slash", { shiftKey: true }), "wall")).toBe("help");
  expect(keys.match(press("KeyX"), "wall")).toBe("onlyAbnormal");
  expect(keys.match(press("KeyX"), "trace")).toBeUndefined();
});

test("a sequence is two keys in time", () => {
  let now = 0;
  const keys = new KeyMatcher(() => now);
  expect([keys.match(press("KeyG"), "wall"), keys.match(press("KeyC"), "wall")]).toEqual([undefined, "goTrace"]);
  keys.match(press("KeyG"), "wall");
  now = 2000;
  expect(keys.match(press("KeyC"), "wall")).toBeUndefined();
});

test("nothing happens while somebody types, composes, or asks the browser", () => {
  const keys = new KeyMatcher(() => 0);
  for (const more of [{ typing: true }, { isComposing: true }, { ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
    expect(keys.match(press("KeyX", more), "wall"), JSON.stringify(more)).toBeUndefined();
  }
  expect(keys.match(press("Escape", { typing: true }), "wall")).toBe("close");
});

test("no key has two meanings on one screen", () => {
  for (const screen of ["wall", "trace"] as const) {
    const here = BINDINGS.filter((binding) => binding.screen === undefined || binding.screen === screen).map(({ keys }) => keys.join(" "));
    expect(new Set(here).size).toBe(here.length);
  }
  expect(["Shift+Slash", "KeyG", "ArrowUp"].map(shown)).toEqual(["?", "g", "↑"]);
});
