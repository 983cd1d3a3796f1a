// One camera as the clock wants it: hls.js beneath, wall time above.
//
// In: a playlist of the server's (docs/ref/playback.md), the clock of the review. Out: pictures in a <video>, and what is
// shown: a moment, or a gap. Always: the clock leads; within a gap the player stands and others go on; what the browser
// cannot play is told. Not here: where the gaps come from and why (coverage), buttons.
import type Hls from "hls.js";
import { correction } from "./drift";
import { type Moment, fromMillis } from "./moment";
import { type Found, Runs } from "./runs";
import type { WallClock } from "./wall_clock";

export type PlayerState = "loading" | "shown" | "gap" | "failed";

export interface Shown {
  readonly state: PlayerState;
  /** What is to be seen was filmed then. */
  readonly at: Moment | undefined;
  readonly gap: Extract<Found, { gap: unknown }>["gap"] | undefined;
  /** Why it failed, as hls.js says it. */
  readonly why: string | undefined;
}

/** Between two looks at the clock. */
const LOOK_MS = 100;
/** A seek aims into the frame, not at its edge. */
const INTO_FRAME_S = 0.005;

export class CameraPlayer {
  #hls: Hls | undefined;
  #runs = new Runs([]);
  #why: string | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #gap: Shown["gap"];
  #loaded = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly clock: WallClock,
    private readonly changed: (shown: Shown) => void,
  ) {}

  /** Loads a playlist. hls.js is asked before the browser's own player, whose time is not to be trusted at gaps. */
  async load(path: string): Promise<void> {
    const { default: Light } = await import("hls.js/light");
    if (!Light.isSupported()) return this.#fail("no Media Source Extensions");
    // A worker of hls.js would be made from a text, which the policy of the page forbids.
    const hls = new Light({ enableWorker: false, maxBufferLength: 30, backBufferLength: 30 });
    this.#hls = hls;
    hls.on(Light.Events.LEVEL_LOADED, (_, { details }) => {
      this.#runs = new Runs(details.fragments.flatMap(({ programDateTime, start, duration }) =>
        programDateTime === null ? [] : [{ wall: fromMillis(programDateTime), mediaS: start, longS: duration }]));
      this.#loaded = true;
      this.follow();
    });
    hls.on(Light.Events.ERROR, (_, { fatal, details }) => {
      if (fatal) this.#fail(details);
    });
    hls.loadSource(path);
    hls.attachMedia(this.video);
    this.#timer = setInterval(() => this.follow(), LOOK_MS);
  }

  /** Brings the picture to where the clock is. */
  follow(): void {
    if (!this.#loaded || this.#why !== undefined) return;
    const found = this.#runs.toMedia(this.clock.now());
    if ("gap" in found) {
      this.#gap = found.gap;
      this.video.pause();
    } else {
      this.#gap = undefined;
      this.#bring(found.mediaS);
    }
    this.#tell();
  }

  destroy(): void {
    clearInterval(this.#timer);
    this.#hls?.destroy();
  }

  #bring(mediaS: number): void {
    const { video, clock } = this;
    if (!clock.runs) {
      if (!video.paused) video.pause();
      if (Math.abs(video.currentTime - mediaS) > INTO_FRAME_S * 2) video.currentTime = mediaS + INTO_FRAME_S;
      return;
    }
    const wanted = correction((mediaS - video.currentTime) * 1e6, clock.speed);
    if ("jump" in wanted) {
      if (!video.seeking) video.currentTime = mediaS + INTO_FRAME_S;
    } else {
      video.playbackRate = wanted.rate;
    }
    // A browser that lets nothing play by itself says so; the picture then follows by jumps.
    if (video.paused) void video.play().catch(() => undefined);
  }

  #fail(why: string): void {
    this.#why = why;
    this.#tell();
  }

  #tell(): void {
    const state = this.#why !== undefined ? "failed" : this.#gap ? "gap" : this.video.readyState < 2 ? "loading" : "shown";
    this.changed({ state, at: this.#runs.toWall(this.video.currentTime), gap: this.#gap, why: this.#why });
  }
}
