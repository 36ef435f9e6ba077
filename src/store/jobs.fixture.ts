import { concatBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { StoreError } from "./errors.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";
import type { GetOptions, ObjectHealth, ObjectMeta, PutOptions } from "./types.ts";

/** A small stripe, so that tests with many stripes are quick. */
export const STRIPE = 4096;

/** Bytes that repeat nowhere near a stripe's length. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 0x2545f491 ^ length;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** How to put. */
export interface TestPut {
  readonly k?: number;
  readonly n?: number;
  /** Bytes per write. */
  readonly piece?: number;
  /** Whatever else a put takes. */
  readonly more?: Partial<PutOptions>;
}

/** What came of a put. */
export interface PutOutcome {
  readonly link: string | undefined;
  readonly error: StoreError | undefined;
}

/** Puts bytes, heeding back-pressure, until it is done, failed, or nothing happens any more. */
export function tryPut(
  net: TestNet,
  peer: TestPeer,
  data: Uint8Array,
  { k, n, piece = 65_536, more = {} }: TestPut = {},
): PutOutcome {
  let link: string | undefined;
  let error: StoreError | undefined;
  let mayWrite = true;
  const code = k === undefined || n === undefined ? {} : { k, n };
  const job = peer.store.beginPut(
    { name: "thing.bin", ...code, ...more },
    {
      onDone: (done) => {
        link = done;
      },
      onError: (failed) => {
        error = failed;
      },
      onDrain: () => {
        mayWrite = true;
      },
    },
  );
  for (let at = 0; at < data.length && error === undefined; at += piece) {
    mayWrite = job.write(data.subarray(at, at + piece));
    if (!mayWrite && !net.until(() => mayWrite || error !== undefined, 1000)) break;
  }
  job.finish();
  net.until(() => link !== undefined || error !== undefined, 1000);
  return { link, error };
}

/** The link of a put that must succeed. */
export function put(net: TestNet, peer: TestPeer, data: Uint8Array, options?: TestPut): string {
  const { link, error } = tryPut(net, peer, data, options);
  if (error !== undefined) throw error;
  return must(link, "a put ends");
}

/** What came of a get. */
export interface GetOutcome {
  readonly bytes: Uint8Array;
  readonly meta: ObjectMeta | undefined;
  readonly error: StoreError | undefined;
  readonly isDone: boolean;
  /** Layers that came whole. */
  readonly layers: readonly number[];
}

/** Reads an object until it is there or fails. */
export function get(
  net: TestNet,
  peer: TestPeer,
  link: string,
  maxMs = 120_000,
  options: GetOptions = {},
): GetOutcome {
  const parts: Uint8Array[] = [];
  const layers: number[] = [];
  let meta: ObjectMeta | undefined;
  let error: StoreError | undefined;
  let isDone = false;
  const events = {
    onMeta: (told: ObjectMeta) => {
      meta = told;
    },
    onBytes: (bytes: Uint8Array) => parts.push(bytes.slice()),
    onLayer: (layer: number) => layers.push(layer),
    onDone: () => {
      isDone = true;
    },
    onError: (failed: StoreError) => {
      error = failed;
    },
  };
  peer.store.get(link, events, options);
  net.until(() => isDone || error !== undefined, maxMs);
  return { bytes: concatBytes(...parts), meta, error, isDone, layers };
}

/** What came of a repair. */
export interface RepairOutcome {
  readonly created: readonly number[] | undefined;
  readonly error: StoreError | undefined;
}

/** Repairs an object until it is whole or fails. */
export function repair(net: TestNet, peer: TestPeer, linkOrRoot: string): RepairOutcome {
  let created: readonly number[] | undefined;
  let error: StoreError | undefined;
  peer.store.repair(linkOrRoot, {
    onDone: (indices) => {
      created = indices;
    },
    onError: (failed) => {
      error = failed;
    },
  });
  net.until(() => created !== undefined || error !== undefined, 120_000);
  return { created, error };
}

/** Health by asking. */
export function health(net: TestNet, peer: TestPeer, linkOrRoot: string): ObjectHealth {
  let told: ObjectHealth | undefined;
  peer.store.health(linkOrRoot, (known) => {
    told = known;
  });
  net.until(() => told !== undefined, 60_000);
  return must(told, "asking for health ends");
}

/** Looks after an object from now on; it must be possible. */
export function pin(net: TestNet, peer: TestPeer, linkOrRoot: string): void {
  keep(net, (done) => peer.store.keeping.pin(linkOrRoot, done));
}

/** Lets an object go; it must be possible. */
export function unpin(net: TestNet, peer: TestPeer, linkOrRoot: string): void {
  keep(net, (done) => peer.store.keeping.unpin(linkOrRoot, done));
}

function keep(net: TestNet, begin: (done: (error: StoreError | undefined) => void) => void): void {
  let isDone = false;
  begin((error) => {
    if (error !== undefined) throw error;
    isDone = true;
  });
  must(net.until(() => isDone, 10_000) || undefined, "keeping and letting go end");
}
