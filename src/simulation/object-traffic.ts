import { concatBytes } from "../base/bytes.ts";
import type { PutJob, PutOptions, StoreError } from "../store/index.ts";
import type { SimPeer } from "./sim-peer.ts";

/** What a read gave. */
export interface Fetched {
  readonly bytes: Uint8Array;
  readonly error: StoreError | undefined;
}

/** Bytes handed to a put at once. */
const CHUNK_BYTES: number = 64 << 10;

/** A peer puts bytes; `onStored` is called where it says that they are on disk. */
export function putObject(
  by: SimPeer,
  { bytes, ...options }: PutOptions & { readonly bytes: Uint8Array },
  onStored: (link: string) => void,
  onError: (error: StoreError) => void,
): void {
  by.act(({ store }) => {
    let at = 0;
    const pump = (): void => {
      let hasRoom = true;
      while (hasRoom && at < bytes.length) {
        hasRoom = job.write(bytes.subarray(at, at + CHUNK_BYTES));
        at += CHUNK_BYTES;
      }
      if (hasRoom) job.finish();
    };
    const job: PutJob = store.beginPut(options, {
      onDone: onStored,
      onError,
      onDrain: pump,
    });
    pump();
  });
}

/** A peer reads an object. False: it is not up, and `done` is never called. */
export function fetchObject(by: SimPeer, link: string, done: (fetched: Fetched) => void): boolean {
  const parts: Uint8Array[] = [];
  const isUnderWay = by.act(({ store }) => {
    store.get(link, {
      onBytes: (bytes) => void parts.push(bytes.slice()),
      onDone: () => done({ bytes: concatBytes(...parts), error: undefined }),
      onError: (error) => done({ bytes: concatBytes(...parts), error }),
    });
    return true;
  });
  return isUnderWay === true;
}
