import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { NoiseHandshake, type NoiseTransportKeys } from "../crypto/index.ts";
import type { LocalIdentity } from "../identity/index.ts";
import type { Endpoint } from "../ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Writer } from "../wire/index.ts";
import { FrameCodec } from "./frame-codec.ts";
import { CHANNEL_BYTES, encodeHello, signLinkKey } from "./hello.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import {
  FRAME_FINISH,
  FRAME_OPEN,
  LINK_VERSION,
  OPEN_PADDING_BYTES,
  PROLOGUE_TEXT,
  SEALED_INTERNAL,
} from "./layout.ts";
import {
  ECHOES_BURST,
  ECHOES_PER_SECOND,
  PATH_AMPLIFICATION,
  PROBES_ANSWERED_MAX,
} from "./limits.ts";
import { type InternalMessage, readMessages, writeMessage } from "./messages.ts";
import type { TestNet, TestPeer, TestTransport } from "./net.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

/** A neighbour that holds real keys and keeps to no rule. */
class Mallory {
  readonly identity: LocalIdentity = testIdentity(suite, "mallory");
  readonly #victim: TestTransport;
  readonly #codec = new FrameCodec(65_535);
  #keys: NoiseTransportKeys | undefined;
  #index = 0;
  #counter = 0;

  constructor(victim: TestPeer) {
    const [transport] = victim.transports;
    if (transport === undefined) throw new RangeError("a peer without a transport");
    this.#victim = transport;
  }

  /** Shakes hands from one endpoint and sends the last message from another. */
  link(from: Endpoint, finishFrom: Endpoint = from): void {
    const noise = new NoiseHandshake({
      suite,
      pattern: "XX",
      initiator: true,
      prologue: new TextEncoder().encode(PROLOGUE_TEXT),
      staticKey: this.identity.dhKey,
      random: testRandom("mallory"),
    });
    const open = new Writer().u8(FRAME_OPEN).u8(LINK_VERSION).u32(7);
    open.bytes(noise.writeMessage(new Uint8Array(OPEN_PADDING_BYTES)));
    this.inject(from, open.done());
    const answer = this.#heard(from);
    this.#index = new DataView(answer.buffer, answer.byteOffset).getUint32(1);
    noise.readMessage(answer.subarray(9));
    const hello = encodeHello({
      signKey: this.identity.signKey.publicKey,
      signature: signLinkKey(this.identity),
      run: new Uint8Array(8),
      channel: new Uint8Array(CHANNEL_BYTES).fill(1),
      features: 0,
      packetBytesMax: 65_535,
    });
    const finish = new Writer().u8(FRAME_FINISH).u32(this.#index).bytes(noise.writeMessage(hello));
    this.#keys = noise.split();
    this.inject(finishFrom, finish.done());
  }

  inject(from: Endpoint, frame: Uint8Array): void {
    this.#victim.events?.onFrame(from, frame);
  }

  /** Sends link messages in one frame. */
  say(from: Endpoint, messages: readonly InternalMessage[]): void {
    if (this.#keys === undefined) throw new RangeError("not linked");
    const writer = new Writer().u8(SEALED_INTERNAL);
    for (const message of messages) writeMessage(writer, message);
    const frame = this.#codec.seal(
      this.#keys.send,
      this.#index,
      this.#counter++,
      writer.done(),
      new Uint8Array(0),
    );
    this.inject(from, frame.slice());
  }

  /** The link messages of the last frame that went to an endpoint. */
  lastWords(to: Endpoint): readonly InternalMessage[] {
    if (this.#keys === undefined) throw new RangeError("not linked");
    const frame = this.#heard(to);
    expect(this.#codec.parse(frame)).toBe(true);
    const sealed = this.#codec.open(this.#keys.receive, frame);
    return readMessages(sealed?.subarray(1) ?? new Uint8Array(1));
  }

  #heard(to: Endpoint): Uint8Array {
    const frame = this.#victim.sent.findLast((one) => one.to === to)?.frame;
    if (frame === undefined) throw new RangeError(`nothing was sent to ${to}`);
    return frame;
  }
}

function victimOn(on: TestNet, label: string, transport: TestTransport): TestPeer {
  const victim = w.peer(on, label, 1, [transport]);
  victim.manager.start();
  return victim;
}

test("a frame full of probes is answered for the last few and never by a frame too large", () => {
  const on = w.net(1);
  const transport = w.udp(on, "b", 65_535);
  const victim = victimOn(on, "b", transport);
  const mallory = new Mallory(victim);
  mallory.link("udp://m");
  expect(victim.ups).toBe(1);
  const probes = Array.from({ length: 13_101 }, (_, id) => ({ type: "probe", id }) as const);
  for (let second = 0; second < 6; second++) {
    on.run(1_000);
    mallory.say("udp://m", probes);
  }
  const echoes = mallory.lastWords("udp://m").filter(({ type }) => type === "echo");
  expect(echoes).toHaveLength(PROBES_ANSWERED_MAX);
  expect(echoes.at(-1)).toEqual({ type: "echo", id: 13_100 });
  expect(victim.downs).toBe(0);
});

test("a handshake whose last message comes from elsewhere does not take a neighbour's place", () => {
  const both = w.pair(3);
  both.on.run(500);
  expect(both.b.ups).toBe(1);
  const mallory = new Mallory(both.b);
  mallory.link("udp://m", "udp://a");
  both.on.run(500);
  expect(both.b.downs).toBe(0);
  const endpoints = [...both.b.manager.neighbours()].map((one) => [one.id, ...one.endpoints]);
  expect(endpoints).toContainEqual([both.a.id, "udp://a"]);
  expect(endpoints).toContainEqual([mallory.identity.id, "udp://m"]);
});

test("a neighbour that forges its source address has nothing but a few bytes sent there", () => {
  const on = w.net(4);
  const transport = w.udp(on, "b");
  const victim = victimOn(on, "b", transport);
  const mallory = new Mallory(victim);
  mallory.link("udp://m");
  on.run(1_000);
  const sentTo = (to: Endpoint): number =>
    transport.sent.filter((one) => one.to === to).reduce((sum, { frame }) => sum + frame.length, 0);
  mallory.say("udp://stranger", [{ type: "ack", tag: 0, next: 0, bitmap: 0 }]);
  // All that came from there is one frame of 29 + 1 + 13 bytes.
  for (let i = 0; i < 100; i++) {
    victim.manager.sendPacket(mallory.identity.id, Uint8Array.of(1), new Uint8Array(1_000));
    mallory.say("udp://m", [{ type: "ack", tag: 0, next: 0, bitmap: 0 }]);
    on.run(10);
  }
  expect(sentTo("udp://stranger")).toBeGreaterThan(0);
  expect(sentTo("udp://stranger")).toBeLessThanOrEqual(PATH_AMPLIFICATION * 43);
  expect(sentTo("udp://m")).toBeGreaterThan(100_000);
  // Echoes of everything that it could read at its own address prove nothing about the other one.
  const probes = Array.from({ length: 200 }, (_, id) => ({ type: "echo", id }) as const);
  mallory.say("udp://stranger", probes);
  on.run(100);
  const [neighbour] = victim.manager.neighbours();
  expect(neighbour?.endpoints).toEqual(["udp://m"]);
});

test("a flood of probes costs a bounded number of echoes", () => {
  const on = w.net(5);
  const transport = w.udp(on, "b");
  const victim = victimOn(on, "b", transport);
  const mallory = new Mallory(victim);
  mallory.link("udp://m");
  on.run(1_000);
  const before = transport.sent.length;
  for (let i = 0; i < 5_000; i++) {
    mallory.say("udp://m", [{ type: "probe", id: i }]);
    if (i % 10 === 0) on.run(2);
  }
  expect(transport.sent.length - before).toBeLessThanOrEqual(ECHOES_BURST + ECHOES_PER_SECOND + 10);
  expect(victim.manager.stats().echoesRefused).toBeGreaterThan(4_000);
});
