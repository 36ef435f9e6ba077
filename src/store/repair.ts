import { toHex } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import type { StoreContext } from "./context.ts";
import { storeErrorOf } from "./disk-errors.ts";
import { StoreError } from "./errors.ts";
import { stripeCount } from "./geometry.ts";
import type { Head } from "./head.ts";
import { PUT_STRIPES_FLYING } from "./limits.ts";
import { formatObjectLink, locateIdOf, type ObjectTarget } from "./link.ts";
import { Minting } from "./minting.ts";
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
  /** What a reader has made already of the fragments that are chosen, and whom it has found. */
  readonly begun?: { readonly minting: Minting; readonly survey: Survey };
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
  #minting: Minting | undefined;
  #head: Head | undefined;
  #holders: (PeerId | undefined)[] = [];
  #isRead = false;
  #isOver = false;

  constructor(
    context: StoreContext,
    target: ObjectTarget,
    { patienceMs, choose = missing, lentUntilMs, begun }: RepairOptions,
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
    this.#minting = begun?.minting;
    const root = toHex(target.root);
    const locateId = locateIdOf(context.suite, target.root);
    const options = { root, locateId, patienceMs, isRepair: true, survey: begun?.survey };
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
    this.#minting?.discard();
    this.#onOver(this, undefined);
    return true;
  }

  #onHead(head: Head): readonly number[] {
    const { survey } = this.#reading;
    this.#head = head;
    this.#holders = survey.holders(head.manifest.nMax);
    const chosen = this.#choose(head, survey);
    if (chosen.length > 0) {
      const minting = this.#minting ?? new Minting(this.#context, head, chosen, () => {});
      this.#minting = minting;
      minting.follow(() => this.#onDisk());
      const all = Array.from({ length: stripeCount(head.manifest) }, (_, stripe) => stripe);
      return all.filter((stripe) => !minting.has(stripe));
    }
    this.#minting?.discard();
    this.#reading.close();
    this.#isOver = true;
    this.#onOver(this, undefined);
    this.#events.onDone([]);
    return [];
  }

  #onStripe(stripe: number, shards: ReadonlyMap<number, Uint8Array>): void {
    const manifest = this.#head?.manifest;
    const minting = this.#minting;
    if (manifest === undefined || minting === undefined) return;
    minting.take(stripe, shards);
    if (minting.flyingStripes >= PUT_STRIPES_FLYING) this.#reading.pause();
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

  #onDisk(): void {
    const minting = this.#minting;
    if (this.#isOver || minting === undefined) return;
    if (minting.failure !== undefined) {
      this.#fail(storeErrorOf(minting.failure));
    } else if (this.#isRead) {
      if (minting.flyingStripes === 0) this.#commit(minting);
    } else if (minting.flyingStripes <= PUT_STRIPES_FLYING / 2) {
      this.#reading.resume();
    }
  }

  #onRead(error: StoreError | undefined): void {
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    this.#isRead = true;
    if (this.#minting?.flyingStripes === 0) this.#onDisk();
  }

  #commit(minting: Minting): void {
    const head = this.#head;
    if (head === undefined) return;
    const { ledger } = this.#context;
    const fragments = minting.fragments();
    if (fragments === undefined) {
      const message = "Whoever made this object made it wrong: its fragments do not fit together.";
      this.#fail(new StoreError("inconsistent", message));
      return;
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
      this.#events.onDone(minting.indices);
    });
  }

  #link(): string {
    const { readKey, root } = this.#target;
    return readKey === undefined ? "" : formatObjectLink({ readKey, root });
  }

  #fail(error: StoreError): void {
    this.#isOver = true;
    this.#reading.close();
    this.#minting?.discard();
    this.#onOver(this, undefined);
    this.#events.onError(error);
  }
}
