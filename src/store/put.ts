import { toHex } from "../base/bytes.ts";
import { BlockJob, blockKeys, removeKeys } from "./block-job.ts";
import type { StoreContext } from "./context.ts";
import { storeErrorOf } from "./disk-errors.ts";
import { StoreError } from "./errors.ts";
import { shardBytesOf } from "./geometry.ts";
import { type Head, makeHead } from "./head.ts";
import { LayerCursor, type PutLayer } from "./layer-cursor.ts";
import { LeafRows } from "./leaf-rows.ts";
import {
  PUT_STRIPES_FLYING,
  PUT_STRIPES_REFUSED,
  STRIPE_ELSEWHERE_BYTES_MIN,
  STRIPES_MAX,
} from "./limits.ts";
import { formatObjectLink, READ_KEY_BYTES } from "./link.ts";
import { MANIFEST_VERSION } from "./manifest.ts";
import { LeafHashes, RunningRoots } from "./merkle.ts";
import type { ObjectEntry } from "./records.ts";
import { type BodyTransform, bodyBytesOf, fitName, StripeCipher } from "./stripe-cipher.ts";
import {
  type MadeStripe,
  makeStripeHere,
  partsOf,
  type StripeLeaves,
  type StripeMaker,
  type StripeTask,
} from "./stripe-making.ts";
import type { PutEvents, PutJob } from "./types.ts";

/** First size of the buffer for one stripe, in bytes: small objects stay cheap. */
const FIRST_INPUT_BYTES = 4096;

/** What a put makes, checked. */
export interface PutPlan {
  readonly name: string;
  readonly mediaType: string;
  readonly n: number;
  readonly nMax: number;
  readonly layers: readonly PutLayer[];
  readonly transform: BodyTransform;
  /** Bytes of the file where the body's are others. */
  readonly fileBytes: number | undefined;
  /** The read key where it is made of the content; the meta says no name then. */
  readonly contentKey: Uint8Array | undefined;
}

/**
 * One object on its way in: cut into stripes, sealed, coded, hashed, and every shard written to
 * disk here. The link is told after the records that make it an object are safe from a crash.
 */
export class PutRun implements PutJob {
  readonly job: string;
  readonly #context: StoreContext;
  readonly #plan: PutPlan;
  readonly #cursor: LayerCursor;
  readonly #events: PutEvents;
  readonly #onEnd: (run: PutRun, root: string | undefined) => void;
  readonly #readKey: Uint8Array;
  readonly #cipher: StripeCipher;
  readonly #blocks: BlockJob;
  readonly #leaves: LeafRows;
  /** Of all fragments, those in reserve too, which are committed to and not kept. */
  readonly #roots: RunningRoots;
  #input = new Uint8Array(FIRST_INPUT_BYTES);
  #filled = 0;
  #stripes = 0;
  /** Stripes that were handed to the disk, all in order. */
  #stored = 0;
  /** Stripes that are made elsewhere, and those that came back before one in front of them. */
  readonly #made: Map<number, MadeStripe | undefined> = new Map();
  #state: "writing" | "finishing" | "committing" | "over" = "writing";
  #wantsDrain = false;

  constructor(
    context: StoreContext,
    plan: PutPlan,
    events: PutEvents,
    onEnd: (run: PutRun, root: string | undefined) => void,
    job: string = toHex(context.random.bytes(16)),
  ) {
    this.job = job;
    this.#context = context;
    this.#plan = { ...plan, name: fitName(plan.name) };
    this.#cursor = new LayerCursor(plan.layers, context.stripeBytes);
    this.#events = events;
    this.#onEnd = onEnd;
    this.#readKey = plan.contentKey ?? context.random.bytes(READ_KEY_BYTES);
    this.#cipher = new StripeCipher(context.suite, this.#readKey, MANIFEST_VERSION);
    this.#blocks = new BlockJob(this.job, context.blocks, context.log, () => this.#onDisk());
    const { n, nMax } = plan;
    this.#leaves = new LeafRows(n);
    this.#roots = new RunningRoots(context.suite, nMax);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "writing") return false;
    if (this.#flyingStripes() >= PUT_STRIPES_REFUSED) {
      throw new StoreError("busy", "More was written than the disk takes. Wait for onDrain.");
    }
    let at = 0;
    while (at < bytes.length && this.#state === "writing") {
      if (this.#cursor.layer === undefined) {
        this.#fail(new StoreError("bad-layers", "More bytes came than the layers have."));
        return false;
      }
      // A full stripe of unknown end waits for the next byte, because the last one is sealed so.
      if (this.#cursor.room === 0) this.#emitStripe(false);
      at += this.#fill(bytes.subarray(at));
      if (this.#cursor.isLayerFull) this.#emitStripe(true);
    }
    this.#wantsDrain = this.#flyingStripes() >= PUT_STRIPES_FLYING;
    return !this.#wantsDrain;
  }

  finish(): void {
    if (this.#state !== "writing") return;
    const { layer, isEmptyRest } = this.#cursor;
    if (layer?.sizeBytes !== undefined) {
      this.#fail(new StoreError("bad-layers", "Fewer bytes came than the layers have."));
      return;
    }
    if (layer !== undefined && !isEmptyRest) this.#emitStripe(true);
    if (this.#state !== "writing") return;
    this.#state = "finishing";
    if (this.#flyingStripes() === 0) this.#onDisk();
  }

  abort(): void {
    if (this.#state === "over" || this.#state === "committing") return;
    this.#end(undefined);
  }

  #fill(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#cursor.room);
    const filled = this.#filled + part.length;
    if (filled > this.#input.length) {
      const size = Math.min(this.#context.stripeBytes, Math.max(filled, 2 * this.#input.length));
      const grown = new Uint8Array(size);
      grown.set(this.#input.subarray(0, this.#filled));
      this.#input = grown;
    }
    this.#input.set(part, this.#filled);
    this.#filled = filled;
    this.#cursor.add(part.length);
    return part.length;
  }

  #emitStripe(isLast: boolean): void {
    if (this.#stripes === STRIPES_MAX) {
      const message = `The object has more than ${STRIPES_MAX} stripes. Please cut it into parts.`;
      this.#fail(new StoreError("too-large", message));
      return;
    }
    const { suite, codecs, stripeMaker } = this.#context;
    const { n, nMax } = this.#plan;
    const k = this.#cursor.layer?.k ?? 1;
    const place = { layer: this.#cursor.position, isLast };
    const stripe = this.#stripes++;
    const plain = this.#input.subarray(0, this.#filled);
    const isLarge = plain.length >= STRIPE_ELSEWHERE_BYTES_MIN || this.#made.size > 0;
    if (stripeMaker !== undefined && isLarge) {
      this.#makeElsewhere(stripeMaker, { stripe, ...place, plain, k, n, nMax });
      this.#cursor.next(isLast);
      return;
    }
    const bytes = shardBytesOf(plain.length, k);
    const codec = codecs.get(k, nMax, bytes);
    this.#cipher.sealStripeAcross(stripe, place, plain, codec.dataShards(bytes));
    const shards = codec.encode(bytes);
    this.#cursor.next(isLast);
    this.#filled = 0;
    const leaves = new LeafHashes(suite, codec.leafInputs(bytes));
    this.#store(stripe, shards.slice(0, n), leaves);
  }

  #makeElsewhere(maker: StripeMaker, part: Omit<StripeTask, "readKey">): void {
    const { suite, codecs } = this.#context;
    const task: StripeTask = { ...part, readKey: this.#readKey };
    const take = (made: MadeStripe): void => {
      if (this.#state === "over") {
        made.release();
        return;
      }
      this.#made.set(task.stripe, made);
      this.#storeMade();
    };
    this.#made.set(task.stripe, undefined);
    if (!maker.make(task, take)) take(makeStripeHere(suite, codecs, task));
    this.#filled = 0;
  }

  /** Hands over what is made, in order. */
  #storeMade(): void {
    for (;;) {
      const stripe = this.#stored;
      const made = this.#made.get(stripe);
      if (made === undefined) return;
      this.#made.delete(stripe);
      const { shards, leaves } = partsOf(made, this.#plan.n);
      this.#store(stripe, shards, leaves, () => made.release());
    }
  }

  #store(
    stripe: number,
    shards: readonly Uint8Array[],
    leaves: StripeLeaves,
    release?: () => void,
  ): void {
    this.#stored = stripe + 1;
    this.#blocks.putStripe(stripe, shards, (index) => leaves.at(index), release);
    const all = leaves.all();
    this.#leaves.push(all);
    this.#roots.push(all);
  }

  #flyingStripes(): number {
    return this.#blocks.flying / this.#plan.n + this.#made.size;
  }

  #onDisk(): void {
    if (this.#state === "over" || this.#state === "committing") return;
    if (this.#blocks.failure !== undefined) {
      this.#fail(storeErrorOf(this.#blocks.failure));
      return;
    }
    const { flying } = this.#blocks;
    if (flying % this.#plan.n === 0) this.#tellProgress(this.#stripes - this.#flyingStripes(), "");
    if (this.#state === "finishing") {
      if (this.#flyingStripes() === 0) this.#commit();
    } else if (this.#wantsDrain && this.#flyingStripes() <= PUT_STRIPES_FLYING / 2) {
      this.#wantsDrain = false;
      this.#events.onDrain?.();
    }
  }

  #commit(): void {
    this.#state = "committing";
    const { clock, ledger } = this.#context;
    const head = this.#makeHead();
    const { name, mediaType, n, layers: planned } = this.#plan;
    const layers = head.manifest.layers.map((layer, i) => ({
      ...layer,
      role: planned[i]?.role ?? "body",
    }));
    const object: ObjectEntry = {
      root: head.rootHex,
      readKey: this.#readKey,
      name,
      mediaType,
      sizeBytes: this.#fileBytes(),
      createdAtMs: clock.wallMs(),
      layers,
      n,
      nMax: head.manifest.nMax,
      holders: new Array<undefined>(n).fill(undefined),
      spreadOver: 0,
    };
    // Somebody else may have put the same: what is kept here for others stays theirs.
    const theirs = ledger.indices(head.rootHex).filter((index) => {
      return ledger.fragment(head.rootHex, index)?.from !== undefined;
    });
    const rows = this.#leaves;
    const all = Array.from({ length: n }, (_, index) => ({
      ...{ index, at: this.job, leafBytes: rows.listBytes },
      writeLeaves: (list: Uint8Array) => rows.write(index, list),
    }));
    const fragments = all.filter(({ index }) => !theirs.includes(index));
    ledger.commit({ head, fragments, from: undefined, object }, (error) => {
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      const link = formatObjectLink({ readKey: this.#readKey, root: head.root });
      this.#state = "over";
      const { blocks, log } = this.#context;
      const extra = theirs.flatMap((index) => [...blockKeys(this.job, index, this.#stripes)]);
      removeKeys(blocks, log, extra, () => undefined);
      this.#tellProgress(this.#stripes, link);
      this.#onEnd(this, head.rootHex);
      this.#events.onDone(link);
    });
  }

  #makeHead(): Head {
    const { suite, stripeBytes } = this.#context;
    const { mediaType, n, nMax, transform, contentKey } = this.#plan;
    const { layers } = this.#cursor;
    // What is the same everywhere cannot have the name that it has here.
    const name = contentKey === undefined ? this.#plan.name : "";
    const roles = this.#plan.layers.slice(0, layers.length).map(({ role }) => role);
    const fileBytes = this.#fileBytes();
    const sealedMeta = this.#cipher.sealMeta({ name, mediaType, roles, transform, fileBytes });
    const manifest = {
      version: MANIFEST_VERSION,
      stripeBytes,
      layers,
      n,
      nMax,
      sealedMeta,
    } as const;
    return makeHead(suite, manifest, this.#roots.roots());
  }

  #fileBytes(): number {
    const { layers, fileBytes } = this.#plan;
    const roles = layers.map(({ role }) => role);
    return fileBytes ?? bodyBytesOf(this.#cursor.layers, roles);
  }

  #tellProgress(done: number, link: string): void {
    const total = this.#state === "writing" ? 0 : this.#stripes;
    const progress = { job: this.job, kind: "put", link, done, total } as const;
    this.#events.onProgress?.(progress);
    this.#context.onProgress(progress);
  }

  #fail(error: StoreError): void {
    this.#end(undefined);
    this.#events.onError(error);
  }

  #end(root: string | undefined): void {
    this.#state = "over";
    this.#input = new Uint8Array(0);
    this.#filled = 0;
    for (const made of this.#made.values()) made?.release();
    this.#made.clear();
    this.#blocks.discard();
    this.#onEnd(this, root);
  }
}
