import type { Output } from "../output.ts";
import { formatMs } from "../output.ts";

/** One measured figure of the demo. */
export interface Figure {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  readonly text: string;
}

/** A claim of the story, kept or broken. */
export interface Claim {
  readonly claim: string;
  readonly kept: boolean;
}

/** Tells the story as it goes and keeps what it claimed and measured. */
export class Report {
  readonly figures: Figure[] = [];
  readonly claims: Claim[] = [];
  readonly #output: Output;
  readonly #startMs = performance.now();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Milliseconds since the demo began. */
  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  /** A new chapter. */
  chapter(title: string): void {
    this.#output.say(`\n${(this.elapsedMs / 1000).toFixed(1).padStart(5)} s  ${title}`);
  }

  /** A line of the story. */
  tell(text: string): void {
    this.#output.say(`         ${text}`);
  }

  /** A figure, told and kept. */
  measure(id: string, value: number, unit: string, text: string): void {
    this.figures.push({ id, value: Math.round(value * 10) / 10, unit, text });
    const shown = unit === "ms" ? formatMs(value) : `${value} ${unit}`;
    this.tell(`${text}: ${shown}`);
  }

  /** A claim: the demo fails unless all are kept. */
  claim(claim: string, kept: boolean): void {
    this.claims.push({ claim, kept });
    this.tell(`${kept ? "✓" : "✗"} ${claim}`);
  }

  /** Whether every claim so far is kept, and there is at least one. */
  get allKept(): boolean {
    return this.claims.length > 0 && this.claims.every((claim) => claim.kept);
  }
}
