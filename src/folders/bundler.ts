import { TypedError } from "../base/errors.ts";
import { Backoff } from "../feed/index.ts";
import type { DiskError, RecordWrite } from "../ports/index.ts";
import type { FolderCore } from "./core.ts";
import type { Draft } from "./journal-queue.ts";
import { openBundleKey, openBundlesPrefix } from "./keys.ts";
import {
  BUNDLE_BYTES,
  BUNDLE_RETRY_MAX_MS,
  BUNDLE_RETRY_MS,
  BUNDLE_WAIT_MS,
  BUNDLES_WAITING_MAX,
} from "./limits.ts";

/** Where small bytes went. */
export interface BundlePlace {
  readonly bundle: number;
  readonly offset: number;
  /** Keeps the bytes until the bundle is an object; joins the batch of the operation. */
  readonly write: RecordWrite;
}

interface OpenBundle {
  readonly number: number;
  readonly offsets: Set<number>;
  bytes: Uint8Array;
  lengthBytes: number;
  isClosed: boolean;
}

/**
 * Packs small files of this device into objects of a megabyte and more. Their bytes are records
 * until then, so that a file is safe as soon as its operation is; others can read it once the
 * bundle is closed.
 */
export class Bundler {
  readonly #core: FolderCore;
  readonly #submit: (compose: () => Draft, done: (error: TypedError | null) => void) => void;
  readonly #backoff: Backoff;
  /** Oldest first; only the last one may be open. */
  readonly #bundles: OpenBundle[] = [];
  #next = 1;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #isStoring = false;

  constructor(
    core: FolderCore,
    submit: (compose: () => Draft, done: (error: TypedError | null) => void) => void,
  ) {
    this.#core = core;
    this.#submit = submit;
    this.#backoff = new Backoff(core.context.random, BUNDLE_RETRY_MS, BUNDLE_RETRY_MAX_MS);
  }

  /** Takes up what an earlier run had not stored. */
  load(done: (error: DiskError | null) => void): void {
    const prefix = openBundlesPrefix(this.#core.keys.id);
    this.#core.context.records.scan(prefix, (error, found) => {
      for (const { key, value } of found) {
        const [number = 0, offset = 0] = key
          .slice(prefix.length)
          .split("/")
          .map((digits) => Number.parseInt(digits, 16));
        let bundle = this.#bundles.find((each) => each.number === number);
        if (bundle === undefined) {
          bundle = emptyBundle(number);
          bundle.isClosed = true;
          this.#bundles.push(bundle);
        }
        put(bundle, offset, value);
        this.#next = Math.max(this.#next, number + 1);
      }
      if (this.#bundles.length > 0) this.#deadlineMs = this.#core.context.clock.monotonicMs();
      done(error);
    });
  }

  /** Gives small bytes a place; undefined: too many bundles wait to be stored. */
  add(bytes: Uint8Array): BundlePlace | undefined {
    let bundle = this.#bundles.at(-1);
    if (bundle === undefined || bundle.isClosed) {
      if (this.#bundles.length >= BUNDLES_WAITING_MAX) return undefined;
      bundle = emptyBundle(this.#takeNumber());
      this.#bundles.push(bundle);
      this.#wake(BUNDLE_WAIT_MS);
    }
    const { number, lengthBytes: offset } = bundle;
    put(bundle, offset, bytes);
    if (bundle.lengthBytes >= BUNDLE_BYTES) {
      bundle.isClosed = true;
      this.#wake(0);
    }
    const key = openBundleKey(this.#core.keys.id, number, offset);
    return { bundle: number, offset, write: { key, value: bytes } };
  }

  /** Bytes of a bundle of ours that is not stored yet. */
  read(bundle: number, offset: number, lengthBytes: number): Uint8Array | undefined {
    const found = this.#bundles.find((each) => each.number === bundle);
    if (found === undefined || offset + lengthBytes > found.lengthBytes) return undefined;
    return found.bytes.slice(offset, offset + lengthBytes);
  }

  nextDeadlineMs(): number {
    return this.#isStoring ? Number.POSITIVE_INFINITY : this.#deadlineMs;
  }

  tick(): void {
    if (this.#isStoring || this.#core.context.clock.monotonicMs() < this.#deadlineMs) return;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    const [bundle] = this.#bundles;
    if (bundle === undefined) return;
    bundle.isClosed = true;
    this.#isStoring = true;
    this.#store(bundle);
  }

  #store(bundle: OpenBundle): void {
    const { objects } = this.#core.context;
    try {
      const sink = objects.put("small files of a folder", {
        onDrain: () => undefined,
        onDone: (link) => this.#publish(bundle, link),
        onError: (_, cause) => this.#failed(cause),
      });
      sink.write(bundle.bytes.subarray(0, bundle.lengthBytes));
      sink.finish();
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#failed(error);
    }
  }

  #publish(bundle: OpenBundle, link: Uint8Array): void {
    const compose = (): Draft => ({
      operations: [{ kind: "bundle", bundle: bundle.number, link }],
      writes: [...bundle.offsets].map((offset) => ({
        key: openBundleKey(this.#core.keys.id, bundle.number, offset),
        value: null,
      })),
    });
    this.#submit(compose, (error) => {
      if (error !== null) {
        this.#failed(error);
        return;
      }
      this.#isStoring = false;
      this.#backoff.reset();
      this.#bundles.shift();
      const [next] = this.#bundles;
      if (next !== undefined) this.#wake(next.isClosed ? 0 : BUNDLE_WAIT_MS);
    });
  }

  #failed(cause: TypedError): void {
    this.#core.context.log.warn("small files wait to be stored", { code: cause.code });
    this.#isStoring = false;
    this.#deadlineMs = this.#core.context.clock.monotonicMs() + this.#backoff.nextMs();
  }

  #wake(afterMs: number): void {
    const atMs = this.#core.context.clock.monotonicMs() + afterMs;
    this.#deadlineMs = Math.min(this.#deadlineMs, atMs);
  }

  /** Numbers count up within our log; those of bundles that are closed are known from the state. */
  #takeNumber(): number {
    const log = this.#core.ownLog?.id;
    while (log !== undefined && this.#core.state.bundle(log, this.#next) !== undefined) {
      this.#next++;
    }
    return this.#next++;
  }
}

function emptyBundle(number: number): OpenBundle {
  const bytes = new Uint8Array(1 << 16);
  return { number, offsets: new Set(), bytes, lengthBytes: 0, isClosed: false };
}

function put(bundle: OpenBundle, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length;
  if (end > bundle.bytes.length) {
    const grown = new Uint8Array(Math.max(end, 2 * bundle.bytes.length));
    grown.set(bundle.bytes.subarray(0, bundle.lengthBytes));
    bundle.bytes = grown;
  }
  bundle.bytes.set(bytes, offset);
  bundle.lengthBytes = Math.max(bundle.lengthBytes, end);
  bundle.offsets.add(offset);
}
