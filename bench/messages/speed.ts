import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import {
  acceptChannel,
  beginChannel,
  type Channel,
  makePrekey,
  makeTagBook,
  readFrameHead,
  type Seal,
  type TagBook,
} from "../../src/messages/ratchet/index.ts";
import { testRandom } from "../../src/testing/index.ts";
import { libsignal } from "../rivals/libsignal.ts";
import { type BenchRival, type BenchRow, benchRow, median } from "../row.ts";

const suite = createNodeSuite();
const MESSAGES = 10_000;
const ROUNDS = 7;
/** Other conversations whose tags are in the same book. */
const OTHERS = 200;
const NOW_MS = 1_800_000_000_000;

const LXMF: BenchRival = { name: "LXMF", value: 4_118, note: "measured by hand: packing alone" };

interface Side {
  channel: Channel;
  readonly book: TagBook;
}

function sides(label: string): readonly [Side, Side] {
  const kits = ["a", "b"].map((name) => {
    const random = testRandom(`${label} ${name}`);
    return { suite, random, instance: random.bytes(8) };
  });
  const [ours, theirs] = kits;
  if (!(ours && theirs)) throw new RangeError("two kits");
  const [ourDhKey, theirKey] = kits.map(({ random }) => suite.dhKey(random.bytes(32)));
  if (!(ourDhKey && theirKey)) throw new RangeError("two keys");
  const prekey = makePrekey(theirs, NOW_MS, 86_400_000, true);
  const options = { ourDhKey, theirDhKey: theirKey.publicKey, bundle: prekey, nowMs: NOW_MS };
  const { frame, next } = beginChannel(ours, options).seal(new Uint8Array(9), NOW_MS);
  const taken = { ourDhKey: theirKey, prekeys: [prekey], nowMs: NOW_MS };
  const answer = acceptChannel(theirs, taken, frame).next.seal(new Uint8Array(9), NOW_MS);
  return [
    { channel: next.open(answer.frame, NOW_MS).next, book: makeTagBook() },
    { channel: answer.next, book: makeTagBook() },
  ];
}

/** Seals, finds the channel of the frame by its tag, opens it, and has each frame refused that comes again. */
function pass(from: Side, to: Side, body: Uint8Array, seal: Seal): Uint8Array {
  const sealed = from.channel.seal(body, NOW_MS, seal);
  from.channel = sealed.next;
  const head = readFrameHead(suite, sealed.frame);
  const found = head?.kind === "message" ? to.book.find(head.tag) : [];
  if (!found.includes(to.channel.id)) throw new RangeError("A frame did not find its channel.");
  const opened = to.channel.open(sealed.frame, NOW_MS);
  if (opened.body.length !== body.length) throw new RangeError("A body came out changed.");
  to.channel = opened.next;
  to.book.put(to.channel);
  return sealed.frame;
}

function refusesAgain(to: Side, frame: Uint8Array): boolean {
  try {
    to.channel.open(frame, NOW_MS);
    return false;
  } catch {
    return true;
  }
}

function measure(id: string, seal: Seal): BenchRow {
  const [a, b] = sides(id);
  const others = Array.from({ length: OTHERS }, (_, i) => sides(`${id} other ${i}`));
  for (const [mine, theirs] of others) {
    a.book.put(mine.channel);
    b.book.put(theirs.channel);
  }
  a.book.put(a.channel);
  b.book.put(b.channel);
  const body = new Uint8Array(104);
  const rates: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    let frame: Uint8Array = new Uint8Array(0);
    for (let i = 0; i < MESSAGES; i++) {
      frame = i % 2 === 0 ? pass(a, b, body, seal) : pass(b, a, body, seal);
    }
    const used = process.cpuUsage(before);
    if (!refusesAgain(a, frame)) throw new RangeError("A frame was taken twice.");
    if (round >= 0) rates.push((MESSAGES * 1e6) / (used.user + used.system));
  }
  const row = benchRow(id, Math.round(median(rates) ?? 0), "messages/s", [
    libsignal("perSecond", "sealed and opened, its state in memory"),
    LXMF,
  ]);
  const note = `one core does both sides: sealed, found among ${OTHERS + 1} channels, opened; ratchet keys included, nothing on disk`;
  return { ...row, note };
}

/** Messages per second of one core, from body to body. */
export async function run(): Promise<BenchRow[]> {
  return [
    measure("messages.speed.per-second", "full"),
    measure("messages.speed.short-seal.per-second", "short"),
  ];
}
