// What was filmed of the candidates, held against where they were.
import assert from "node:assert/strict";
import { tracksOf, until } from "./day.mjs";

const range = ({ start_us, end_us }) => [BigInt(start_us), BigInt(end_us)];

/** What of a stay no stretch of a track covers, in microseconds. */
function uncovered(stay, { covered }) {
  const [from, to] = range(stay.interval);
  const clipped = covered.map(range).map(([start, end]) => [start > from ? start : from, end < to ? end : to]);
  const sum = clipped.reduce((sum, [start, end]) => (end > start ? sum + end - start : sum), 0n);
  return to - from - sum;
}

/**
 * Every candidate was seen and heard for as long as the candidate was in a room that must be filmed; in the turn in which a
 * camera was lost, a hole lies within the time of each, in as many tracks as that camera has.
 */
export async function covers({ AUDITOR }, { session_id, kind, rooms, practical, losing, lost = 2 }, { seats }) {
  const stays = seats.flatMap(({ seat, stays }) => stays.map((stay) => ({ turn: seat.turn, ...stay })));
  const missed = (stay, coverage) => {
    const viewpoints = coverage.viewpoints.filter((viewpoint) => viewpoint.room_id === stay.room_id);
    const tracks = viewpoints.flatMap((viewpoint) => viewpoint.tracks).filter((track) => track.required);
    return { tracks: tracks.length, holes: tracks.map((track) => uncovered(stay, track)) };
  };
  const wanted = ({ coverage }) => stays.every((stay) => {
    const { tracks, holes } = missed(stay, coverage);
    if (kind === "enterprise" && stay.room_id === practical.room_id) return tracks === 0;
    const broken = holes.filter((hole) => hole > 0n).length;
    return tracks === tracksOf(rooms.find((room) => room.room_id === stay.room_id)) && broken === (stay.turn === losing ? lost : 0);
  });
  const { coverage } = await until(() => AUDITOR.review.GetCoverage({ session_id }), wanted, "coverage of all stays");
  // Whom the hole concerns is told by the times alone.
  const holes = coverage.gaps.filter((gap) => stays.some((stay) => {
    const [from, to] = range(stay.interval);
    return stay.room_id === coverage.viewpoints.find((it) => it.viewpoint_id === gap.viewpoint_id).room_id && BigInt(gap.start_us) < to && (gap.end_us === null || BigInt(gap.end_us) > from);
  }));
  assert.equal(holes.length > 0, losing !== undefined, JSON.stringify(holes));
}
