import { pause } from "../routing/netns-rig.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";
import type { HeapReport } from "./stream-child.ts";
import { type StreamPeer, startStreamChain } from "./stream-peer.ts";

const HOPS = 2;
/** So large that nothing is collected while we count: then what is used is what was taken. */
const YOUNG_MB = 1_024;
const ROOMY = [
  "--expose-gc",
  `--min-semi-space-size=${YOUNG_MB}`,
  `--max-semi-space-size=${YOUNG_MB}`,
];
const WARM_DATAGRAMS = 20_000;
const WARM_BYTES = 64 << 20;
const SETTLE_MS = 500;
const TRIES = 4;

/**
 * Bytes that a relay takes from the heap, and for buffers outside of it, for one packet that it
 * passes on; everything that its process does beside that counts as well.
 */
export async function allocRows({ full }: BenchOptions): Promise<BenchRow[]> {
  const peers = await startStreamChain(HOPS, "udp", () => ({ nodeWords: ROOMY }));
  try {
    const [first, relay, last] = peers;
    if (first === undefined || relay === undefined || last === undefined) return [];
    const datagrams = async (count: number): Promise<void> => {
      const offered = first.hear("offered");
      first.order({ kind: "datagrams", to: last.id, count });
      await offered;
    };
    const stream = async (bytes: number): Promise<void> => {
      await first.sendTo(last, bytes);
    };
    // Code that has run a while takes less than cold code does.
    await datagrams(WARM_DATAGRAMS);
    await stream(WARM_BYTES);
    const observed = [relay, last] as const;
    const small = await count(observed, full ? 200_000 : 50_000, datagrams);
    const large = await count(observed, (full ? 1_024 : 128) << 20, stream);
    return [...rowsOf("datagram", small), ...rowsOf("stream", large)];
  } finally {
    for (const peer of peers) peer.end();
  }
}

interface Taken {
  readonly heapBytes: number;
  readonly arrayBufferBytes: number;
  readonly packets: number;
  /** What the far end had of them. */
  readonly carriedBytes: number;
  readonly collections: number;
}

/** Less and less of a load, until nothing is collected while it lasts. */
async function count(
  [relay, last]: readonly [StreamPeer, StreamPeer],
  size: number,
  load: (size: number) => Promise<void>,
): Promise<Taken> {
  for (let left = TRIES, part = size; ; left--, part = Math.ceil(part / 4)) {
    relay.order({ kind: "collect" });
    const [before, came] = [await heapOf(relay), await last.ask("received")];
    await load(part);
    const after = await heapOf(relay);
    const carriedBytes = (await last.ask("received")).bytes - came.bytes;
    const gained = (key: keyof HeapReport): number => after[key] - before[key];
    const collections = gained("collections");
    if (collections > 0 && left > 1) continue;
    return {
      heapBytes: gained("heapBytes"),
      arrayBufferBytes: gained("arrayBufferBytes"),
      packets: gained("forwarded"),
      ...{ collections, carriedBytes },
    };
  }
}

async function heapOf(relay: StreamPeer): Promise<HeapReport> {
  await pause(SETTLE_MS);
  return relay.ask("heap");
}

function rowsOf(kind: string, taken: Taken): BenchRow[] {
  const { packets, collections, carriedBytes } = taken;
  const isExact = collections === 0 && packets > 0;
  const note = isExact
    ? `${packets} packets passed on either way with ${carriedBytes} bytes, nothing collected meanwhile`
    : `${packets} packets, ${collections} collections: what was taken cannot be told`;
  const perPacket = (bytes: number): number | null => (isExact ? bytes / packets : null);
  const at = `hotpath.alloc.relay.${kind}`;
  return [
    { ...benchRow(`${at}.buffers.B`, perPacket(taken.arrayBufferBytes), "B"), note },
    { ...benchRow(`${at}.heap.B`, perPacket(taken.heapBytes), "B"), note },
  ];
}
