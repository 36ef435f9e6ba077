import type { Timed } from "../ports/index.ts";
import { MEND_PAUSE_MS } from "./limits.ts";
import type { LineEntry } from "./line-entry.ts";
import { reloadLine } from "./load-lines.ts";
import type { LinesOptions } from "./options.ts";

/** Reads lines again of which the disk did not take something, until it gives them back. */
export class Mending implements Timed {
  readonly #options: LinesOptions;
  /** A line is read again; undefined where it never came to disk. */
  readonly #mended: (line: LineEntry, found: LineEntry | undefined) => void;
  readonly #broken = new Set<LineEntry>();
  #retryAtMs = Number.POSITIVE_INFINITY;

  constructor(
    options: LinesOptions,
    mended: (line: LineEntry, found: LineEntry | undefined) => void,
  ) {
    this.#options = options;
    this.#mended = mended;
  }

  mend(line: LineEntry): void {
    line.isReloading = true;
    reloadLine(this.#options, line, (error, found) => {
      if (error === null) {
        // All that was on disk was told before: by this very process.
        if (found !== undefined) found.told = found.core.theirs.count;
        this.#mended(line, found);
        return;
      }
      this.#options.log.warn("a line could not be read again", { code: error.code });
      this.#broken.add(line);
      this.#retryAtMs = this.#options.clock.monotonicMs() + MEND_PAUSE_MS;
    });
  }

  nextDeadlineMs(): number {
    return this.#retryAtMs;
  }

  tick(): void {
    if (this.#options.clock.monotonicMs() < this.#retryAtMs) return;
    this.#retryAtMs = Number.POSITIVE_INFINITY;
    const broken = [...this.#broken];
    this.#broken.clear();
    for (const line of broken) this.mend(line);
  }
}
