// A link of the chain in words.
import { Subject } from "../../../generated/liuhen/session/v1/fact_words_pb";
import type { TraceLink } from "../../../generated/liuhen/review/v1/trace_service_pb";
import type { Key, Voice } from "../../core/words/words";

/** Beside each colour. */
export const SIGNS: Readonly<Record<string, string>> = { done: "✔", open: "○", missing: "✖", not_needed: "–" };

const STANDINGS: Readonly<Record<string, Key>> = {
  done: "trace.done", open: "trace.open", missing: "trace.missing", not_needed: "trace.notNeeded",
};

export function standingWords({ standing }: TraceLink, voice: Voice): string {
  const key = STANDINGS[standing];
  return key ? voice.say(key) : standing;
}

const inEnglish = (word: string): string => word.toLowerCase().replaceAll("_", " ");

/** What the link is, of which turn and subject. */
export function named(link: TraceLink, voice: Voice): string {
  const step = voice.language === "zh" ? link.chinese : inEnglish(link.step);
  const turn = link.turn > 0 ? [voice.say("trace.turnName", { turn: link.turn })] : [];
  const subject = link.subject === Subject.UNSPECIFIED ? [] : [voice.name("subject", Subject[link.subject] ?? "")];
  return [step, ...turn, ...subject].join(" · ");
}

/** Whose it is to make; the server says roles in small letters. */
export const owners = ({ owners }: TraceLink, voice: Voice): string =>
  voice.list(owners.map((role) => voice.name("role", role.toUpperCase())));
