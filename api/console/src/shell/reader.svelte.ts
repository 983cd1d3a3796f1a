// The person before the page: in which language they read.
//
// Always: the choice is the browser's own to keep; nothing else is kept there.
import { type Filled, type Key, type Language, TAGS, Voice, other } from "../core/words/words";

const KEPT = "liuhen-language";
const kept = (): Language => (localStorage.getItem(KEPT) === "en" ? "en" : "zh");

let voice = $state.raw(new Voice(kept()));

export const reader = {
  get voice(): Voice {
    return voice;
  },
  get tag(): string {
    return TAGS[voice.language];
  },
  change(): void {
    voice = new Voice(other(voice.language));
    localStorage.setItem(KEPT, voice.language);
  },
};

/** In the reader's language. */
export const say = (key: Key, filled?: Filled): string => voice.say(key, filled);
