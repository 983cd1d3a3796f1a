// Which key does what. One list, from which help is shown and keys are matched.
//
// In: what was pressed, and where. Out: the command, if any. Always: nothing happens while somebody types or composes Chinese;
// signs are matched by their place on the keyboard, letters by the letter. Not here: what a command does.
import type { Key } from "./words/words";

export type Screen = "wall" | "trace";
export type Command =
  | "help" | "close" | "search" | "goWall" | "goTrace"
  | "left" | "right" | "up" | "down" | "open" | "onlyAbnormal" | "asTable";

export interface Binding {
  /** In order; two for a sequence. `Slash`, `KeyG`, `ArrowLeft`, with `Shift+` in front. */
  readonly keys: readonly string[];
  readonly command: Command;
  /** Everywhere where it is missing. */
  readonly screen?: Screen;
  /** What it does, in words. */
  readonly words: Key;
}

export const BINDINGS: readonly Binding[] = [
  { keys: ["Shift+Slash"], command: "help", words: "key.help" },
  { keys: ["Escape"], command: "close", words: "key.close" },
  { keys: ["Slash"], command: "search", words: "key.search" },
  { keys: ["KeyG", "KeyW"], command: "goWall", words: "key.goWall" },
  { keys: ["KeyG", "KeyC"], command: "goTrace", words: "key.goTrace" },
  { keys: ["ArrowLeft"], command: "left", screen: "wall", words: "key.move" },
  { keys: ["ArrowRight"], command: "right", screen: "wall", words: "key.move" },
  { keys: ["ArrowUp"], command: "up", screen: "wall", words: "key.move" },
  { keys: ["ArrowDown"], command: "down", screen: "wall", words: "key.move" },
  { keys: ["KeyX"], command: "onlyAbnormal", screen: "wall", words: "key.onlyAbnormal" },
  { keys: ["KeyD"], command: "asTable", screen: "wall", words: "key.asTable" },
  { keys: ["ArrowUp"], command: "up", screen: "trace", words: "key.chain" },
  { keys: ["ArrowDown"], command: "down", screen: "trace", words: "key.chain" },
];

/** What of an event is looked at; `KeyboardEvent` has all of it. */
export interface Press {
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  /** Whether a field of text has the focus. */
  readonly typing: boolean;
}

/** A sequence is forgotten after so long. */
const SEQUENCE_MS = 1500;

/** Matches presses, and remembers the first of a sequence. */
export class KeyMatcher {
  #first: { key: string; atMs: number } | undefined;

  constructor(private readonly steadyMs: () => number = () => performance.now()) {}

  match(press: Press, screen: Screen | undefined): Command | undefined {
    if (press.isComposing || press.ctrlKey || press.metaKey || press.altKey) return undefined;
    const key = press.shiftKey ? `Shift+${press.code}` : press.code;
    if (press.typing) return key === "Escape" ? "close" : undefined;
    const here = BINDINGS.filter((binding) => binding.screen === undefined || binding.screen === screen);
    const first = this.#first && this.steadyMs() - this.#first.atMs <= SEQUENCE_MS ? this.#first.key : undefined;
    this.#first = undefined;
    const pressed = first ? [first, key] : [key];
    const is = (keys: readonly string[]) => keys.length === pressed.length && keys.every((wanted, at) => wanted === pressed[at]);
    const found = here.find((binding) => is(binding.keys));
    if (found) return found.command;
    if (here.some((binding) => binding.keys.length === 2 && binding.keys[0] === key)) {
      this.#first = { key, atMs: this.steadyMs() };
    }
    return undefined;
  }
}

const SHOWN: Readonly<Record<string, string>> = {
  "Shift+Slash": "?", Slash: "/", Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓",
};

/** As help shows it. */
export const shown = (key: string): string => SHOWN[key] ?? key.replace(/^Key/, "").toLowerCase();
