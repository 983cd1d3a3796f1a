// A stream of the server's that is kept alive, and of which it is known how old its last word is.
//
// In: how it is opened. Out: what came last, when, and what went wrong. Always: who has stopped it hears no more; a stream
// that says nothing for long is ended and opened anew, since a line can be dead without a word; tries are ever further apart.
// Not here: what to make of it.

/** A stream that has said nothing for so long is opened anew. */
const SILENT_MS = 6000;
const FIRST_TRY_MS = 500;
const LAST_TRY_MS = 5000;

export interface Heard<T> {
  readonly latest: T | undefined;
  /** When it came, by the steady clock; nothing before. */
  readonly atMs: number | undefined;
  /** Why the last try failed; nothing while it goes on. */
  readonly problem: unknown;
}

export class Feed<T> {
  #heard: Heard<T> = { latest: undefined, atMs: undefined, problem: undefined };
  readonly #stop = new AbortController();

  constructor(
    private readonly open: (signal: AbortSignal) => AsyncIterable<T>,
    private readonly changed: (heard: Heard<T>) => void,
    private readonly steadyMs: () => number = () => performance.now(),
  ) {}

  /** Goes on until it is stopped. */
  async run(): Promise<void> {
    let pause = FIRST_TRY_MS;
    while (!this.#stop.signal.aborted) {
      const before = this.#heard.atMs;
      const problem = await this.#listen();
      if (this.#stop.signal.aborted) return;
      if (this.#heard.atMs !== before) pause = FIRST_TRY_MS;
      this.#tell({ problem });
      await new Promise((done) => setTimeout(done, pause));
      pause = Math.min(pause * 2, LAST_TRY_MS);
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  #tell(news: Partial<Heard<T>>): void {
    if (this.#stop.signal.aborted) return;
    this.#heard = { ...this.#heard, ...news };
    this.changed(this.#heard);
  }

  /** One stream, to its end; gives why it ended. */
  async #listen(): Promise<unknown> {
    const ours = new AbortController();
    const end = () => ours.abort();
    this.#stop.signal.addEventListener("abort", end);
    let watch = setTimeout(end, SILENT_MS);
    try {
      for await (const latest of this.open(ours.signal)) {
        clearTimeout(watch);
        watch = setTimeout(end, SILENT_MS);
        this.#tell({ latest, atMs: this.steadyMs(), problem: undefined });
      }
      return new Error("the stream ended");
    } catch (problem) {
      return problem;
    } finally {
      clearTimeout(watch);
      this.#stop.signal.removeEventListener("abort", end);
    }
  }
}
