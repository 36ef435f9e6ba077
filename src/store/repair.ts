import { equalBytes, toHex } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import { BlockJob } from "./block-job.ts";
import { loadStripe } from "./codecs.ts";
import type { StoreContext } from "./context.ts";
import { storeErrorOf } from "./disk-errors.ts";
import { StoreError } from "./errors.ts";
import { kOf, shardBytes, stripeCount } from "./geometry.ts";
import { HashList } from "./hash-list.ts";
import type { Head } from "./head.ts";
import { PUT_STRIPES_FLYING } from "./limits.ts";
import { formatObjectLink, locateIdOf, type ObjectTarget } from "./link.ts";
import { hashAt, leafHash, treeRoot } from "./merkle.ts";
import { objectEntryOf } from "./pin.ts";
import { Reading } from "./reading.ts";
import type { Survey } from "./survey.ts";
import type { RepairEvents } from "./types.ts";

/** Chooses which fragments are made, once everybody was asked. */
export type Chooser = (head: Head, survey: Survey) => readonly number[];

/** How a repair goes about it. */
export interface RepairOptions {
  readonly patienceMs: number;
  /** Which fragments are made; without it those that nobody within reach has. */
  readonly choose?: Chooser;
  /**
   * Until when others want the object, by wall clock, where it is healed for their sake; asked
   * when all fragments are made. Without it, it is this peer's own from then on.
   */
  readonly lentUntilMs?: () => number;
}

/** Fragments that nobody within reach has; those of the reserve that are alive stand in for some. */
function missing({ manifest }: Head, survey: Survey): number[] {
  const alive = survey.available();
  const all = Array.from({ length: manifest.n }, (_, index) => index);
  const count = Math.max(0, manifest.n - alive.size);
  return all.filter((index) => !alive.has(index)).slice(0, count);
}

/**
 * Makes the fragments anew that nobody within reach has, from k that are there. It works on
 * sealed bytes, so it needs no read key; what it makes is checked against the object's root.
 */
export class RepairRun {
  readonly job: string;
  readonly #context: StoreContext;
  readonly #target: ObjectTarget;
  readonly #events: RepairEvents;
  readonly #onOver: (run: RepairRun, changedRoot: string | undefined) => void;
  readonly #choose: Chooser;
  readonly #lentUntilMs: (() => number) | undefined;
  readonly #reading: Reading;
  readonly #blocks: BlockJob;
  readonly #made: Map<number, HashList> = new Map();
  #head: Head | undefined;
  #holders: (PeerId | undefined)[] = [];
  #isRead = false;
  #isOver = false;

  constructor(
    context: StoreContext,
    target: ObjectTarget,
    { patienceMs, choose = missing, lentUntilMs }: RepairOptions,
    events: RepairEvents,
    onOver: (run: RepairRun, changedRoot: string | undefined) => void,
  ) {
    this.job = toHex(context.random.bytes(16));
    this.#context = context;
    this.#target = target;
    this.#events = events;
    this.#onOver = onOver;
    this.#choose = choose;
    this.#lentUntilMs = lentUntilMs;
    this.#blocks = new BlockJob(this.job, context.blocks, context.log, () => this.#onDisk());
    const root = toHex(target.root);
    const locateId = locateIdOf(context.suite, target.root);
    const options = { root, locateId, patienceMs, isRepair: true };
    this.#reading = new Reading(context, options, {
      onHead: (head) => this.#onHead(head),
      onStripe: (stripe, shards) => this.#onStripe(stripe, shards),
      onEnd: (error) => this.#onRead(error),
    });
  }

  start(): void {
    this.#reading.start();
  }

  peerReachable(peer: PeerId): void {
    this.#reading.peerReachable(peer);
  }

  peerUnreachable(peer: PeerId): void {
    this.#reading.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    return this.#reading.nextDeadlineMs();
  }

  tick(): void {
    this.#reading.tick();
  }

  /** Gives up, where fragments are still being gathered; no event follows. False: too late. */
  abort(): boolean {
    if (this.#isOver || this.#isRead) return false;
    this.#isOver = true;
    this.#reading.close();
    this.#blocks.discard();
    this.#onOver(this, undefined);
    return true;
  }

  #onHead(head: Head): readonly number[] {
    const { survey } = this.#reading;
    this.#head = head;
    this.#holders = survey.holders(head.manifest.nMax);
    for (const index of this.#choose(head, survey)) this.#made.set(index, new HashList());
    if (this.#made.size > 0) {
      return Array.from({ length: stripeCount(head.manifest) }, (_, stripe) => stripe);
    }
    this.#reading.close();
    this.#isOver = true;
    this.#onOver(this, undefined);
    this.#events.onDone([]);
    return [];
  }

  #onStripe(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    const manifest = this.#head?.manifest;
    if (manifest === undefined) return;
    const { codecs, suite } = this.#context;
    const bytes = shardBytes(manifest, stripe);
    const codec = codecs.get(kOf(manifest, stripe), manifest.nMax, bytes);
    loadStripe(codec, shards, bytes);
    for (const [index, leaves] of this.#made) {
      const shard = codec.rebuild(index).slice();
      const leaf = leafHash(suite, shard);
      leaves.push(leaf);
      this.#blocks.put(index, stripe, shard, leaf);
    }
    if (this.#flyingStripes() >= PUT_STRIPES_FLYING) this.#reading.pause();
    const progress = {
      job: this.job,
      kind: "repair",
      link: this.#link(),
      done: stripe + 1,
      total: stripeCount(manifest),
    } as const;
    this.#events.onProgress?.(progress);
    this.#context.onProgress(progress);
  }

  #flyingStripes(): number {
    return this.#blocks.flying / Math.max(1, this.#made.size);
  }

  #onDisk(): void {
    if (this.#isOver) return;
    if (this.#blocks.failure !== undefined) {
      this.#fail(storeErrorOf(this.#blocks.failure));
    } else if (this.#isRead) {
      if (this.#blocks.flying === 0) this.#commit();
    } else if (this.#flyingStripes() <= PUT_STRIPES_FLYING / 2) {
      this.#reading.resume();
    }
  }

  #onRead(error: StoreError | undefined): void {
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    this.#isRead = true;
    if (this.#blocks.flying === 0) this.#onDisk();
  }

  #commit(): void {
    const head = this.#head;
    if (head === undefined) return;
    const { suite, ledger } = this.#context;
    const fragments: { index: number; at: string; leaves: Uint8Array }[] = [];
    for (const [index, made] of this.#made) {
      const leaves = made.packed();
      if (!equalBytes(treeRoot(suite, leaves), hashAt(head.fragmentRoots, index))) {
        const message =
          "Whoever made this object made it wrong: its fragments do not fit together.";
        this.#fail(new StoreError("inconsistent", message));
        return;
      }
      fragments.push({ index, at: this.job, leaves });
    }
    const lentMs = this.#lentUntilMs?.();
    const object = objectEntryOf(this.#context, this.#target, head, this.#holders, lentMs);
    this.#isOver = true;
    ledger.commit({ head, fragments, from: undefined, object }, (error) => {
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      this.#onOver(this, head.rootHex);
      this.#events.onDone([...this.#made.keys()]);
    });
  }

  #link(): string {
    const { readKey, root } = this.#target;
    return readKey === undefined ? "" : formatObjectLink({ readKey, root });
  }

  #fail(error: StoreError): void {
    this.#isOver = true;
    this.#reading.close();
    this.#blocks.discard();
    this.#onOver(this, undefined);
    this.#events.onError(error);
  }
}
