import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { concatBytes, utf8 } from "../../src/base/bytes.ts";
import {
  acceptChannel,
  beginChannel,
  type Channel,
  makePrekey,
  makeSenderKey,
  type Seal,
} from "../../src/messages/ratchet/index.ts";
import { testRandom } from "../../src/testing/index.ts";
import { libsignal } from "../rivals/libsignal.ts";
import { type BenchRival, type BenchRow, benchRow } from "../row.ts";
import { Line } from "./line.ts";
import { productBytes } from "./product.ts";
import { TEXTS } from "./texts.ts";

const suite = createNodeSuite();
const MESSAGES = 1_000;
const CHARACTERS = 100;
/** A radio modem: what the link room takes for a slow line. */
const BITS_PER_SECOND = 9_600;
/** Time between two messages of a lively conversation. */
const GAP_MS = 15_000;

/** Programs that are not run here: measured once, by hand. */
const MEASURED_BEFORE: readonly BenchRival[] = [
  { name: "LXMF", value: 307, note: "measured by hand: one packet" },
  { name: "MLS (ts-mls)", value: 231, note: "measured by hand: unpadded, without any network" },
];

/** A message as the room above would make it: kind, minute, text. */
function bodyOf(text: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(1, 0x12, 0x34), text);
}

/** Two devices at the ends of a line of nodes, with a channel between them. */
class Chat {
  readonly #line: Line;
  readonly #seal: Seal;
  readonly #channels: [Channel, Channel];
  readonly firstBytes: number;

  constructor(label: string, nodeCount: number, bitsPerSecond: number | undefined, seal: Seal) {
    const line = new Line(label, nodeCount, bitsPerSecond);
    const [a, b] = [line.nodes[0], line.nodes.at(-1)];
    if (a === undefined || b === undefined) throw new RangeError("a line has two ends");
    this.#line = line;
    this.#seal = seal;
    const kits = [0, 1].map((i) => {
      const random = testRandom(`${label} kit ${i}`);
      return { suite, random, instance: random.bytes(8) };
    });
    const [ours, theirs] = kits;
    if (!(ours && theirs)) throw new RangeError("two kits");
    const nowMs = line.clock.wallMs();
    const prekey = makePrekey(theirs, nowMs, 86_400_000, true);
    const begun = beginChannel(ours, {
      ourDhKey: a.identity.dhKey,
      theirDhKey: b.identity.dhKey.publicKey,
      bundle: prekey,
      nowMs,
    }).seal(plain("x".repeat(CHARACTERS)), nowMs, seal);
    let accepted: Channel | undefined;
    b.onPacket = (frame) => {
      const options = { ourDhKey: b.identity.dhKey, prekeys: [prekey], nowMs };
      accepted = acceptChannel(theirs, options, frame).next;
    };
    const before = line.bytes;
    if (!a.routing.send(b.identity.id, begun.frame))
      throw new RangeError("no way to the other end");
    line.run(GAP_MS);
    this.firstBytes = line.bytes - before;
    if (accepted === undefined) throw new RangeError("The first frame did not arrive.");
    this.#channels = [begun.next, accepted];
  }

  /** Sends one message and checks that it arrives as it was. */
  send(from: 0 | 1, body: Uint8Array): void {
    const [first, last] = [this.#line.nodes[0], this.#line.nodes.at(-1)];
    const [sender, receiver] = from === 0 ? [first, last] : [last, first];
    if (sender === undefined || receiver === undefined) throw new RangeError("two ends");
    const to = from === 0 ? 1 : 0;
    const nowMs = this.#line.clock.wallMs();
    const sealed = this.#channels[from].seal(body, nowMs, this.#seal);
    this.#channels[from] = sealed.next;
    let arrived = false;
    receiver.onPacket = (frame) => {
      const opened = this.#channels[to].open(frame, nowMs);
      this.#channels[to] = opened.next;
      arrived = Buffer.compare(opened.body, body) === 0;
    };
    sender.routing.send(receiver.identity.id, sealed.frame);
    this.#line.run(GAP_MS);
    if (!arrived) throw new RangeError("A message did not arrive as it was sent.");
  }

  /**
   * Mean bytes that a message adds on each line, in a conversation in which who speaks is drawn by
   * lot, and the bytes that silence takes in the time of a message.
   */
  measure(bodies: readonly Uint8Array[]): { readonly mean: number; readonly idle: number } {
    const dice = testRandom("who speaks");
    const lines = this.#line.counts.length;
    const before = this.#line.bytes;
    for (let i = 0; i < MESSAGES; i++) {
      this.send((dice.u32() & 1) === 0 ? 0 : 1, bodies[i % bodies.length] ?? new Uint8Array(0));
    }
    // What is not acknowledged yet is, by an empty frame each way, which belongs to the messages.
    this.send(0, new Uint8Array(0));
    this.send(1, new Uint8Array(0));
    const talked = this.#line.bytes - before;
    this.#line.run(GAP_MS * MESSAGES);
    const idle = this.#line.bytes - before - talked;
    for (const [i, channel] of this.#channels.entries()) {
      const waiting = channel.sealedCount - channel.acknowledgedCount;
      if (waiting > 1) throw new RangeError(`end ${i} has ${waiting} frames not acknowledged`);
    }
    return { mean: (talked - idle) / MESSAGES / lines, idle: idle / MESSAGES / lines };
  }
}

const plain = (text: string) => bodyOf(concatBytes(Uint8Array.of(0), utf8(text)));

/** Characters of one byte each, in an order that no model foresees. */
function unpackable(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.map((byte) => 97 + (byte % 26)));
}

/** Texts of 100 bytes, so that characters are bytes and nothing is packed. */
function plainBodies(): Uint8Array[] {
  const random = testRandom("letters");
  return Array.from({ length: 50 }, () => plain(unpackable(random.bytes(CHARACTERS))));
}

function row(id: string, chat: Chat, bodies: readonly Uint8Array[]): BenchRow {
  const rivals = [libsignal("mean", "ciphertext alone, without any network"), ...MEASURED_BEFORE];
  const { mean, idle } = chat.measure(bodies);
  const note = `every byte on the line but the ${idle.toFixed(1)} that it takes in the same time when all are silent`;
  return { ...benchRow(id, Math.round(mean * 10) / 10, "bytes", rivals), note };
}

/** As the messages room of two peers sends it, every byte on the line less what silence takes. */
function roomRow(id: string, isThrifty: boolean, text: (index: number) => string): BenchRow {
  const rivals = [libsignal("mean", "ciphertext alone, without any network"), ...MEASURED_BEFORE];
  const talk = { bitsPerSecond: BITS_PER_SECOND, messages: MESSAGES, gapMs: GAP_MS, text };
  const value = Math.round(10 * productBytes({ ...talk, isThrifty })) / 10;
  const way = isThrifty
    ? "of the radio profile: in packets"
    : "of other profiles: in session streams";
  const note = `by whole messages rooms of two peers ${way}, acknowledgements and ratchet keys included`;
  return { ...benchRow(id, value, "bytes", rivals), note };
}

/** Bytes on a serial line per message, with everything around it. */
export async function run(): Promise<BenchRow[]> {
  const radio = new Chat("radio", 2, BITS_PER_SECOND, "short");
  const first = radio.firstBytes;
  const group = makeSenderKey(
    { suite, random: testRandom("group"), instance: new Uint8Array(8) },
    { epoch: new Uint8Array(32), senderSignKey: new Uint8Array(32) },
  );
  const random = testRandom("texts");
  const noise = Array.from({ length: MESSAGES + 2 }, () => unpackable(random.bytes(CHARACTERS)));
  const known = (i: number) => TEXTS[i % TEXTS.length] ?? "";
  const body = plainBodies()[0] ?? new Uint8Array(0);
  return [
    roomRow("messages.bytes.plain", true, (i) => noise[i] ?? ""),
    roomRow("messages.bytes.packed", true, known),
    roomRow("messages.bytes.streams", false, known),
    row("messages.bytes.frames", radio, plainBodies()),
    row("messages.bytes.relayed", new Chat("relay", 3, BITS_PER_SECOND, "short"), plainBodies()),
    row("messages.bytes.full-seal", new Chat("full", 2, BITS_PER_SECOND, "full"), plainBodies()),
    row("messages.bytes.fast-line", new Chat("fast", 2, undefined, "full"), plainBodies()),
    benchRow("messages.bytes.first-contact", first, "bytes", [
      libsignal("first", "with ML-KEM, without any network"),
    ]),
    benchRow("messages.bytes.group", group.seal(body, "full").frame.length, "bytes"),
  ];
}
