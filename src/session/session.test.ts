import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { decodePeerRecord, encodePeerRecord } from "../identity/index.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { testIdentity, testRandom } from "../testing/fixtures.ts";
import { Tickets } from "./early.ts";
import { FRAME_TYPE, writeNumbers, writeStreamHead } from "./frames.ts";
import { HeldMemory } from "./held-memory.ts";
import type { SessionKeys } from "./key-chains.ts";
import { KEY_LIMITS } from "./key-phase.ts";
import {
  ACK_DELAY_MAX_MS,
  BURST_PACKETS_MAX,
  OPEN_STREAMS_MAX,
  PACKETS_PER_SESSION_MARGIN,
  PACKETS_PER_SESSION_MAX,
  STREAM_WINDOW_BYTES,
  WAITING_MS,
} from "./limits.ts";
import { parsePacket } from "./packet.ts";
import { PacketBuffer } from "./packet-buffer.ts";
import { PacketCipher } from "./packet-cipher.ts";
import { RoundTrip } from "./rtt.ts";
import { Session } from "./session.ts";
import type { SessionHost } from "./session-host.ts";
import { SessionStream } from "./stream.ts";

const suite = createNodeSuite();
const identity = testIdentity(suite, "other");
const record = encodePeerRecord(identity, { name: "", seqno: 1 });
const peer = decodePeerRecord(suite, record);
const key = (fill: number) => suite.aead("chacha20-poly1305", new Uint8Array(32).fill(fill));

const keysOf = (send: number, receive: number): SessionKeys => ({
  send: key(send),
  receive: key(receive),
  aead: "chacha20-poly1305",
  chains: undefined,
});

/** A session whose other side is played by hand with the same keys. */
function setUp(firstNumber = 0) {
  const sent: Uint8Array[] = [];
  const doubts: Session[] = [];
  const accepted: SessionStream[] = [];
  const scope = { log: SILENT_LOG, onStreamClosed: () => undefined };
  const makeStream = (opens: boolean): SessionStream =>
    new SessionStream({
      id: 1,
      peer: peer.id,
      service: opens ? "svc" : "",
      opens,
      scope,
      giveUpMs: WAITING_MS,
      events: opens ? silent : undefined,
    });
  const host: SessionHost = {
    log: SILENT_LOG,
    selfId: peer.id,
    buffer: new PacketBuffer(2_000),
    paths: undefined,
    random: testRandom("session"),
    isThrifty: false,
    keyLimits: KEY_LIMITS,
    held: new HeldMemory(),
    tickets: new Tickets(testRandom("tickets")),
    ordinaryWay: () => undefined,
    hasOrdinaryWay: () => false,
    isTrusted: () => false,
    nowMs: () => 0,
    packetBytesMax: () => 1_200,
    packetBytesCeiling: () => 1_200,
    transmit: (_, packet) => sent.push(packet) > 0,
    onWork: () => undefined,
    onConfirmed: () => undefined,
    onHeardAgain: () => undefined,
    onDoubt: (session) => doubts.push(session),
    onDead: () => undefined,
    makeStream: () => makeStream(false),
    offer: (_, stream) => {
      stream.accept(silent);
      accepted.push(stream);
    },
    onDatagram: () => undefined,
    onStreams: () => undefined,
  };
  const result = { peer, bootId: "00", remoteIndex: 7, ...keysOf(1, 2) };
  const session = new Session(host, result, {
    localIndex: 9,
    initiator: true,
    nowMs: 0,
    firstNumber,
  });
  const other = new PacketCipher(keysOf(2, 1), 9, 0);
  /** Lets the other side send frames, at a time. */
  const say = (nowMs: number, write: (buffer: PacketBuffer) => void): boolean => {
    const buffer = new PacketBuffer(1_100);
    write(buffer);
    const packet = parsePacket(other.seal(buffer.done(), undefined));
    return packet.kind === "data" && session.receive(packet, nowMs);
  };
  /** The frames of the packet sent last. */
  const heard = (): Uint8Array | undefined => {
    const packet = parsePacket(sent.at(-1) ?? new Uint8Array(0));
    return packet.kind === "data" ? other.open(packet, 0, new RoundTrip()) : undefined;
  };
  return { session, sent, doubts, accepted, say, heard, makeStream };
}

const silent = {
  onData: () => undefined,
  onEnd: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
};

function stream(buffer: PacketBuffer, streamId: number, offset: number, length: number): void {
  const service = offset === 0 ? new TextEncoder().encode("svc") : undefined;
  writeStreamHead(buffer, { streamId, offset, fin: false, service, length });
  buffer.bytes(new Uint8Array(length));
}

describe("a peer that breaks the rules loses its session", () => {
  const violations: [string, (buffer: PacketBuffer) => void][] = [
    ["a frame of an unknown type", (buffer) => buffer.u8(0x3f)],
    ["a stream of ours that we never opened", (buffer) => stream(buffer, 0, 0, 1)],
    ["a byte beyond the stream's window", (buffer) => stream(buffer, 1, STREAM_WINDOW_BYTES, 1)],
    ["one stream too many", (buffer) => stream(buffer, 2 * OPEN_STREAMS_MAX + 1, 0, 1)],
    [
      "an acknowledgement of what was never sent",
      (buffer) => {
        writeNumbers(buffer, FRAME_TYPE.ack, 50, 0, 0, 0);
      },
    ],
    [
      "a reset that contradicts what was sent",
      (buffer) => {
        stream(buffer, 1, 0, 100);
        writeNumbers(buffer, FRAME_TYPE.reset, 1, 0, 50);
      },
    ],
  ];
  test.each(violations)("%s", (_, write) => {
    const { session, say, heard } = setUp();
    session.flush(0);
    expect(say(10, write)).toBe(true);
    expect(session.dead).toBe(true);
    expect(heard()).toEqual(Uint8Array.of(FRAME_TYPE.close));
  });

  test("while the last stream and the last byte allowed are taken", () => {
    const { session, say, accepted } = setUp();
    session.flush(0);
    say(10, (buffer) => stream(buffer, 2 * OPEN_STREAMS_MAX - 1, 0, 1));
    say(10, (buffer) => stream(buffer, 1, STREAM_WINDOW_BYTES - 1, 1));
    expect(session.dead).toBe(false);
    expect(session.streams.size).toBe(OPEN_STREAMS_MAX);
    expect(accepted.length).toBe(1);
  });
});

describe("acknowledgements", () => {
  test("follow every second packet at once and a single one within the delay", () => {
    const { session, sent, say } = setUp();
    session.flush(0);
    const ping = (buffer: PacketBuffer) => buffer.u8(FRAME_TYPE.ping);
    const before = sent.length;
    say(10, ping);
    session.flush(10);
    expect(sent.length).toBe(before);
    expect(session.deadlineMs()).toBe(10 + ACK_DELAY_MAX_MS);
    say(11, ping);
    session.flush(11);
    expect(sent.length).toBe(before + 1);
    say(12, ping);
    session.wake(12 + ACK_DELAY_MAX_MS);
    expect(sent.length).toBe(before + 2);
  });

  test("are never answered with acknowledgements", () => {
    const { session, sent, say } = setUp();
    session.flush(0);
    const before = sent.length;
    for (let i = 0; i < 10; i++) {
      say(10, (buffer) => writeNumbers(buffer, FRAME_TYPE.ack, 0, 0, 0, 0));
      session.flush(10);
    }
    session.wake(100);
    expect(sent.length).toBe(before);
  });
});

describe("one flush", () => {
  test("sends a bounded burst and goes on at the next tick", () => {
    const { session, sent, say, makeStream } = setUp();
    const bulk = makeStream(true);
    session.streams.open(bulk);
    bulk.write(new Uint8Array(1_000_000));
    session.flush(0);
    let nowMs = 0;
    let burst = 0;
    for (let round = 0; round < 4; round++) {
      const largest = sent.length - 1;
      say(++nowMs, (buffer) => writeNumbers(buffer, FRAME_TYPE.ack, largest, 0, 0, largest));
      session.flush(nowMs);
      burst = sent.length - 1 - largest;
    }
    expect(burst).toBe(BURST_PACKETS_MAX);
    expect(session.deadlineMs()).toBe(nowMs);
    const before = sent.length;
    session.wake(nowMs);
    expect(sent.length).toBeGreaterThan(before);
  });
});

describe("a key that wears out", () => {
  test("asks for a successor in time and is never used beyond its end", () => {
    const first = PACKETS_PER_SESSION_MAX - PACKETS_PER_SESSION_MARGIN - 1;
    const { session, doubts } = setUp(first);
    expect(session.usable).toBe(true);
    session.flush(0);
    expect(session.worn).toBe(true);
    expect(session.usable).toBe(false);
    expect(doubts).toEqual([session]);
    expect(session.dead).toBe(false);
  });

  test("ends the session with its last packet", () => {
    const { session, sent } = setUp(PACKETS_PER_SESSION_MAX - 1);
    session.flush(0);
    expect(sent.length).toBe(1);
    expect(session.dead).toBe(true);
    session.flush(1);
    session.close();
    expect(sent.length).toBe(1);
  });
});
