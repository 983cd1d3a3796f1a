// Words for people: two dictionaries with the same keys.
//
// In: a key and what is filled in. Out: text, never HTML. Always: each key has both languages and the same gaps in both.
import { SECOND_US } from "../moment";
import { en } from "./en";
import { zh } from "./zh";

export type Key = keyof typeof zh;
export type Language = "zh" | "en";
export type Filled = Readonly<Record<string, string | number>>;

const DICTIONARIES: Readonly<Record<Language, Readonly<Record<Key, string>>>> = { zh, en };

/** For `lang` of HTML. */
export const TAGS: Readonly<Record<Language, string>> = { zh: "zh-CN", en: "en" };

export const other = (language: Language): Language => (language === "zh" ? "en" : "zh");

/** Says things in one language. */
export class Voice {
  constructor(readonly language: Language) {}

  say(key: Key, filled: Filled = {}): string {
    return DICTIONARIES[this.language][key].replace(/\{(\w+)\}/g, (gap, name: string) => String(filled[name] ?? gap));
  }

  /** What is named by a word of the server's; the word itself where nobody has translated it. */
  name(family: "role" | "standing" | "gap" | "cause" | "zone" | "subject", word: string): string {
    const key = `${family}.${word}`;
    return key in zh ? this.say(key as Key) : word;
  }

  list(words: readonly string[]): string {
    return words.join(this.say("list.and"));
  }

  /** A length of time, in its two greatest units. */
  span(micros: number): string {
    const all = Math.max(0, Math.floor(micros / SECOND_US));
    const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
    if (hours > 0) return this.say("span.hours", { hours, minutes });
    if (minutes > 0) return this.say("span.minutes", { minutes, seconds });
    return this.say("span.seconds", { seconds });
  }
}
