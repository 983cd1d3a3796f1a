import { describe, expect, test } from "vitest";
import { BINDINGS } from "../keys";
import { en } from "./en";
import { type Key, Voice } from "./words";
import { zh } from "./zh";

const KEYS = Object.keys(zh) as Key[];
const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

/** All that is written for the page, save the dictionaries and tests. */
const SOURCES = import.meta.glob<string>(
  ["../../**/*.{ts,svelte}", "!../../**/*.test.ts", "!./zh.ts", "!./en.ts"],
  { query: "?raw", import: "default", eager: true },
);

describe("two languages", () => {
  test("have the same keys, and the same gaps to be filled", () => {
    expect(Object.keys(en).sort()).toEqual([...KEYS].sort());
    for (const key of KEYS) expect(gaps(en[key]), key).toEqual(gaps(zh[key]));
  });

  test("say nothing empty, and no Chinese in English but the name of the language", () => {
    for (const key of KEYS) {
      expect(zh[key].trim() && en[key].trim(), key).not.toBe("");
      if (key !== "lang.other") expect(en[key], key).not.toMatch(/\p{Script=Han}/u);
    }
  });

  test("are where all words for people stand, and each of them is used", () => {
    const files = Object.entries(SOURCES);
    expect(files.length).toBeGreaterThan(20);
    const all = files.map(([, text]) => text).join("\n");
    for (const [name, text] of files) expect(text.replace(/\/\/.*|\/\*[^]*?\*\/|<!--[^]*?-->/g, ""), name).not.toMatch(/\p{Script=Han}/u);
    // Families are named by words of the server.
    const family = /^(role|standing|gap|cause|zone|subject|trace\.from)\./;
    const unused = KEYS.filter((key) => !family.test(key) && !all.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });

  test("name every key of the keyboard", () => {
    for (const { words } of BINDINGS) expect(KEYS).toContain(words);
  });
});

test("gaps are filled with text as it is, also with what looks like a gap or like HTML", () => {
  const voice = new Voice("en");
  expect(voice.say("trace.system", { system: "<b>{turn}</b>$&" })).toBe("system <b>{turn}</b>$&");
  expect(voice.name("role", "NEW_ROLE")).toBe("NEW_ROLE");
  expect(["NORMAL", "LOST"].map((word) => new Voice("zh").name("standing", word))).toEqual(["正常", "中断"]);
});

test("a length of time has its two greatest units", () => {
  const spans = [0, 59.9e6, 61e6, 3600e6, 90_061e6, -5].map((micros) => new Voice("en").span(micros));
  expect(spans).toEqual(["0 s", "59 s", "1 min 1 s", "1 h 0 min", "25 h 1 min", "0 s"]);
});
