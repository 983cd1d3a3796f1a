// From wall time to a player's time and back: piece by piece, since the playlist's time is compressed at each gap.
//
// In: what a playlist says of its segments. Out: where in the player a moment lies, or in which gap. Pure. Always: a moment is
// in at most one piece; what is asked for outside of all pieces is a gap, never the nearest picture. Not here: the player.
import { type Moment, type Span, after } from "./moment";

/** A stretch in which both times go on together. */
export interface Piece {
  readonly wall: Span;
  /** In the player, in seconds. */
  readonly mediaS: number;
}

/** A segment of a playlist: when it was filmed (`EXT-X-PROGRAM-DATE-TIME`), where it lies, how long it is. */
export interface Segment {
  readonly wall: Moment;
  readonly mediaS: number;
  readonly longS: number;
}

/** Found in the player, or within a gap: from the end of one piece to the start of the next, as far as there is one. */
export type Found = { readonly mediaS: number } | { readonly gap: { readonly start: Moment | undefined; readonly end: Moment | undefined } };

/** Less than a frame: segments that are nearer than this are one piece. */
const JOIN_US = 20_000;

export class Runs {
  readonly pieces: readonly Piece[];

  /** Segments in the order of the playlist. */
  constructor(segments: readonly Segment[]) {
    const pieces: Piece[] = [];
    for (const { wall, mediaS, longS } of segments) {
      const end = after(wall, Math.round(longS * 1e6));
      const last = pieces.at(-1);
      const follows = last && Math.abs(wall - last.wall.end) <= JOIN_US && Math.abs(mediaS - endOf(last)) * 1e6 <= JOIN_US;
      if (follows) pieces[pieces.length - 1] = { ...last, wall: { start: last.wall.start, end } };
      else pieces.push({ wall: { start: wall, end }, mediaS });
    }
    this.pieces = pieces;
  }

  toMedia(at: Moment): Found {
    const piece = this.pieces.find(({ wall }) => wall.start <= at && at < wall.end);
    if (piece) return { mediaS: piece.mediaS + (at - piece.wall.start) / 1e6 };
    const before = this.pieces.filter(({ wall }) => wall.end <= at).at(-1);
    const next = this.pieces.find(({ wall }) => wall.start > at);
    return { gap: { start: before?.wall.end, end: next?.wall.start } };
  }

  /** When what the player shows was filmed; nothing before its first and after its last piece. */
  toWall(mediaS: number): Moment | undefined {
    const piece = this.pieces.find((one) => one.mediaS <= mediaS && mediaS < endOf(one));
    return piece && after(piece.wall.start, Math.round((mediaS - piece.mediaS) * 1e6));
  }
}

const endOf = ({ wall, mediaS }: Piece): number => mediaS + (wall.end - wall.start) / 1e6;
