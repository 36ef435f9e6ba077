import { fromHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { StoreContext } from "./context.ts";
import { fullK } from "./geometry.ts";
import { locateIdOf } from "./link.ts";
import type { ObjectLayer } from "./records.ts";
import { Survey } from "./survey.ts";
import type { ObjectHealth } from "./types.ts";

/** What a summary is made from. */
export interface HealthFacts {
  /** Most important first; none where nobody could tell. */
  readonly layers: readonly ObjectLayer[];
  readonly n: number;
  readonly alive: number;
  readonly here: number;
  readonly waiting: number;
  /** How many fragments each holder has, this peer included. */
  readonly loads: readonly number[];
  /** Whether the peers were asked just now. */
  readonly isAsked: boolean;
}

/** Health with its summary in words. */
export function healthOf(facts: HealthFacts): ObjectHealth {
  const { alive, here, waiting } = facts;
  const holders = facts.loads.filter((load) => load > 0).length;
  const layers = facts.layers.map((layer) => ({ ...layer, isReadable: alive >= layer.k }));
  return { alive, here, waiting, holders, layers, summary: summarize(facts, holders) };
}

function summarize(facts: HealthFacts, holders: number): string {
  const { layers, n, alive, here } = facts;
  const k = fullK(facts);
  if (layers.length === 0) return "No peer within reach has anything of this object now.";
  if (alive < k) {
    const readable = layers.filter((layer) => alive >= layer.k).length;
    const coarse =
      readable === 0
        ? ""
        : ` A coarser view is: ${readable} of its ${layers.length} layers can be read.`;
    return (
      `Not readable ${facts.isAsked ? "now" : "as far as is known"}: ${alive} of the ${k} ` +
      `fragments that it takes are known.${coarse} More peers may bring them back.`
    );
  }
  if (holders === 1 && here > 0) {
    return (
      `Only on this computer: all ${alive} fragments wait here for other peers. ` +
      "If this disk fails before, the object is lost."
    );
  }
  const spare = `${alive} of ${n} fragments are alive, ${alive - k} may be lost`;
  const failures = survivableFailures(facts.loads, alive, k);
  const peers = `${holders} ${holders === 1 ? "peer" : "peers"}`;
  const survives =
    failures === 0
      ? `but not the largest of ${peers}`
      : `so any ${failures} of ${peers} may disappear`;
  const waits = facts.waiting > 0 ? ` ${facts.waiting} still wait here for a peer.` : "";
  return `Readable: ${spare}, ${survives}.${waits}`;
}

/** How many holders may disappear, the largest ones first, with k fragments left. */
export function survivableFailures(loads: readonly number[], alive: number, k: number): number {
  let left = alive;
  let failures = 0;
  for (const load of loads.filter((held) => held > 0).sort((a, b) => b - a)) {
    left -= load;
    if (left < k) break;
    failures++;
  }
  return failures;
}

/** Asks every peer within reach what it has of an object, and puts the answers together. */
export class HealthRun {
  readonly #survey: Survey;
  readonly #onOver: (run: HealthRun, survey: Survey) => void;
  #isOver = false;

  constructor(
    context: StoreContext,
    root: string,
    onOver: (run: HealthRun, survey: Survey) => void,
  ) {
    this.#onOver = onOver;
    const locateId = locateIdOf(context.suite, must(fromHex(root), "roots are hexadecimal"));
    this.#survey = new Survey(context, root, locateId, () => this.tick());
  }

  start(): void {
    this.#survey.start();
  }

  peerReachable(peer: PeerId): void {
    this.#survey.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#survey.peerUnreachable(peer);
  }

  /** Alone there is nobody to wait for: then it is due at once. */
  nextDeadlineMs(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    return this.#survey.isQuiet ? 0 : this.#survey.nextDeadlineMs(false);
  }

  tick(): void {
    if (this.#isOver) return;
    this.#survey.tick(false);
    if (this.#isOver || !this.#survey.isQuiet) return;
    this.#isOver = true;
    this.#onOver(this, this.#survey);
    this.#survey.close();
  }
}
