import { toHex } from "../base/bytes.ts";
import { BlockJob } from "./block-job.ts";
import { encodeStripe } from "./codecs.ts";
import type { StoreContext } from "./context.ts";
import { storeErrorOf } from "./disk-errors.ts";
import { StoreError } from "./errors.ts";
import { HashList } from "./hash-list.ts";
import { makeHead } from "./head.ts";
import { PUT_STRIPES_FLYING, PUT_STRIPES_REFUSED, STRIPES_MAX } from "./limits.ts";
import { formatObjectLink, READ_KEY_BYTES } from "./link.ts";
import { shardBytesOf } from "./manifest.ts";
import { leafHash, treeRoot } from "./merkle.ts";
import type { ObjectEntry } from "./records.ts";
import { fitName, StripeCipher } from "./stripe-cipher.ts";
import type { PutEvents, PutJob } from "./types.ts";

/** First size of the buffer for one stripe, in bytes: small objects stay cheap. */
const FIRST_INPUT_BYTES = 4096;

/** A code that was checked. */
export interface PutCode {
  readonly name: string;
  readonly k: number;
  readonly n: number;
}

/**
 * One object on its way in: cut into stripes, sealed, coded, hashed, and every shard written to
 * disk here. The link is told after the records that make it an object are safe from a crash.
 */
export class PutRun implements PutJob {
  readonly job: string;
  readonly #context: StoreContext;
  readonly #code: PutCode;
  readonly #events: PutEvents;
  readonly #onEnd: (run: PutRun, root: string | undefined) => void;
  readonly #readKey: Uint8Array;
  readonly #cipher: StripeCipher;
  readonly #blocks: BlockJob;
  readonly #leaves: readonly HashList[];
  #input = new Uint8Array(FIRST_INPUT_BYTES);
  #filled = 0;
  #stripes = 0;
  #sizeBytes = 0;
  #state: "writing" | "finishing" | "committing" | "over" = "writing";
  #wantsDrain = false;

  constructor(
    context: StoreContext,
    code: PutCode,
    events: PutEvents,
    onEnd: (run: PutRun, root: string | undefined) => void,
  ) {
    this.job = toHex(context.random.bytes(16));
    this.#context = context;
    this.#code = { ...code, name: fitName(code.name) };
    this.#events = events;
    this.#onEnd = onEnd;
    this.#readKey = context.random.bytes(READ_KEY_BYTES);
    this.#cipher = new StripeCipher(context.suite, this.#readKey);
    this.#blocks = new BlockJob(this.job, context.blocks, context.log, () => this.#onDisk());
    this.#leaves = Array.from({ length: code.n }, () => new HashList());
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "writing") return false;
    if (this.#flyingStripes() >= PUT_STRIPES_REFUSED) {
      throw new StoreError("busy", "More was written than the disk takes. Wait for onDrain.");
    }
    let at = 0;
    while (at < bytes.length && this.#state === "writing") {
      // A full stripe waits for the next byte, because the last one is sealed as the last.
      if (this.#filled === this.#context.stripeBytes) this.#emitStripe(false);
      at += this.#fill(bytes.subarray(at));
    }
    this.#wantsDrain = this.#flyingStripes() >= PUT_STRIPES_FLYING;
    return !this.#wantsDrain;
  }

  finish(): void {
    if (this.#state !== "writing") return;
    this.#emitStripe(true);
    if (this.#state === "writing") this.#state = "finishing";
  }

  abort(): void {
    if (this.#state === "over" || this.#state === "committing") return;
    this.#end(undefined);
  }

  #fill(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.#context.stripeBytes - this.#filled);
    const filled = this.#filled + part.length;
    if (filled > this.#input.length) {
      const size = Math.min(this.#context.stripeBytes, Math.max(filled, 2 * this.#input.length));
      const grown = new Uint8Array(size);
      grown.set(this.#input.subarray(0, this.#filled));
      this.#input = grown;
    }
    this.#input.set(part, this.#filled);
    this.#filled = filled;
    return part.length;
  }

  #emitStripe(isLast: boolean): void {
    if (this.#stripes === STRIPES_MAX) {
      const message = "The object is larger than 16 GiB. Please cut it into parts.";
      this.#fail(new StoreError("too-large", message));
      return;
    }
    const { suite, codecs } = this.#context;
    const { k, n } = this.#code;
    const stripe = this.#stripes++;
    const plain = this.#input.subarray(0, this.#filled);
    const sealed = this.#cipher.sealStripe(stripe, isLast, plain);
    const shards = encodeStripe(codecs.get(k, n), sealed, shardBytesOf(plain.length, k));
    this.#sizeBytes += this.#filled;
    this.#filled = 0;
    for (const [index, shard] of shards.entries()) {
      this.#leaves[index]?.push(leafHash(suite, shard));
      // The codec's view lives until its next call, the disk needs longer.
      this.#blocks.put(index, stripe, shard.slice());
    }
  }

  #flyingStripes(): number {
    return this.#blocks.flying / this.#code.n;
  }

  #onDisk(): void {
    if (this.#state === "over" || this.#state === "committing") return;
    if (this.#blocks.failure !== undefined) {
      this.#fail(storeErrorOf(this.#blocks.failure));
      return;
    }
    const { flying } = this.#blocks;
    if (flying % this.#code.n === 0) this.#tellProgress(this.#stripes - this.#flyingStripes(), "");
    if (this.#state === "finishing") {
      if (flying === 0) this.#commit();
    } else if (this.#wantsDrain && this.#flyingStripes() <= PUT_STRIPES_FLYING / 2) {
      this.#wantsDrain = false;
      this.#events.onDrain?.();
    }
  }

  #commit(): void {
    this.#state = "committing";
    const { suite, clock, ledger, stripeBytes } = this.#context;
    const { k, n, name } = this.#code;
    const sealedName = this.#cipher.sealName(name);
    const roots = new HashList();
    for (const leaves of this.#leaves) roots.push(treeRoot(suite, leaves.packed()));
    const manifest = { sizeBytes: this.#sizeBytes, stripeBytes, k, n, sealedName };
    const head = makeHead(suite, manifest, roots.packed());
    const object: ObjectEntry = {
      root: head.rootHex,
      readKey: this.#readKey,
      name,
      sizeBytes: this.#sizeBytes,
      createdAtMs: clock.wallMs(),
      k,
      n,
      holders: new Array<undefined>(n).fill(undefined),
      spreadOver: 0,
    };
    const fragments = this.#leaves.map((leaves, index) => ({
      index,
      at: this.job,
      leaves: leaves.packed(),
    }));
    ledger.commit({ head, fragments, from: undefined, object }, (error) => {
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      const link = formatObjectLink({ readKey: this.#readKey, root: head.root });
      this.#state = "over";
      this.#tellProgress(this.#stripes, link);
      this.#onEnd(this, head.rootHex);
      this.#events.onDone(link);
    });
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
    this.#blocks.discard();
    this.#onEnd(this, root);
  }
}
