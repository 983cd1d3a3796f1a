// Where one is, as the address says it: every state of a screen can be kept, sent and opened again.
//
// In: the part of the address after `#`. Out: screen and its settings, and back. Always: this part is never sent to a server,
// so numbers of certificates and tickets stand in no log of a proxy. Not here: what settings mean.
import type { Screen } from "./keys";

export interface Place {
  readonly screen: Screen | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

const SCREENS: readonly Screen[] = ["wall", "trace"];

/** `#/trace?from=ticket&ticket=2026-17` */
export function read(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const screen = SCREENS.find((known) => known === path);
  return { screen, settings: Object.fromEntries(new URLSearchParams(query)) };
}

/** Settings that are empty are left out. */
export function written(screen: Screen, settings: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(Object.entries(settings).filter(([, value]) => value !== ""));
  return query.size > 0 ? `#/${screen}?${query}` : `#/${screen}`;
}
