// Why a call was refused, in both languages as the server says it.
//
// In: an error of a call or of `fetch`. Out: a code and words. Always: words are text. The server's own Chinese stands in a
// detail of the kind `google.rpc.LocalizedMessage` (docs/ref/errors.md).
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Voice } from "../core/words/words";

export class Refused extends Error {
  constructor(
    /** As docs/ref/errors.md names it, or `offline`. */
    readonly code: string,
    readonly english: string,
    readonly chinese: string,
  ) {
    super(english);
  }

  /** In the reader's language. */
  in(voice: Voice): string {
    if (this.code === "offline") return voice.say("error.offline");
    const words = voice.language === "zh" ? this.chinese || this.english : this.english;
    return words || voice.say("error.unknown", { code: this.code });
  }
}

const OFFLINE = new Refused("offline", "", "");

/** The second field of a `google.rpc.LocalizedMessage`. */
function message(bytes: Uint8Array): string {
  const reader = new BinaryReader(bytes);
  let found = "";
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 2 && type === WireType.LengthDelimited) found = reader.string();
    else reader.skip(type, field);
  }
  return found;
}

function chinese({ details }: ConnectError): string {
  for (const detail of details) {
    if ("type" in detail && detail.type === "google.rpc.LocalizedMessage") return message(detail.value as Uint8Array);
  }
  return "";
}

/** Whatever was thrown. */
export function refused(error: unknown): Refused {
  if (error instanceof Refused) return error;
  const connect = ConnectError.from(error);
  // No answer at all: `fetch` fails, and a stream that is cut has no trailers.
  if (connect.cause instanceof TypeError || !(error instanceof ConnectError)) return OFFLINE;
  const code = (Code[connect.code] ?? "Unknown").replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  return new Refused(code, connect.rawMessage, chinese(connect));
}
