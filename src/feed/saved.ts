import type { PeerId } from "../identity/index.ts";
import { DiskError, type RecordStore } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { decodeAck, decodeHead, type Head } from "./head.ts";
import { ACKS, FORKS, HEADS } from "./keys.ts";
import type { FeedId } from "./types.ts";

/** What the disk knows of all feeds, entries left aside. */
export interface Saved {
  readonly heads: Map<FeedId, Head>;
  readonly acknowledged: Map<FeedId, Map<PeerId, number>>;
  readonly forked: Set<FeedId>;
}

/** Reads heads, acknowledgements and forks; a damaged record is an error of the disk. */
export function loadSaved(
  records: RecordStore,
  done: (error: DiskError | null, saved: Saved) => void,
): void {
  const saved: Saved = { heads: new Map(), acknowledged: new Map(), forked: new Set() };
  const steps: [string, (name: string, value: Uint8Array) => void][] = [
    [HEADS, (name, value) => saved.heads.set(name, decodeHead(value))],
    [ACKS, (name, value) => addAck(saved, name, decodeAck(value))],
    [FORKS, (name) => saved.forked.add(name)],
  ];
  const next = (): void => {
    const step = steps.shift();
    if (step === undefined) {
      done(null, saved);
      return;
    }
    const [prefix, take] = step;
    records.scan(prefix, (error, found) => {
      const problem = error ?? takeAll(found, prefix, take);
      if (problem === null) next();
      else done(problem, saved);
    });
  };
  next();
}

function takeAll(
  found: readonly { key: string; value: Uint8Array }[],
  prefix: string,
  take: (name: string, value: Uint8Array) => void,
): DiskError | null {
  for (const { key, value } of found) {
    try {
      take(key.slice(prefix.length), value);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      return new DiskError("corrupt", `The record ${key} is damaged.`, { cause });
    }
  }
  return null;
}

function addAck(saved: Saved, name: string, seq: number): void {
  const border = name.indexOf("/");
  const feedId = name.slice(0, border);
  const readers = saved.acknowledged.get(feedId) ?? new Map<PeerId, number>();
  readers.set(name.slice(border + 1), seq);
  saved.acknowledged.set(feedId, readers);
}
