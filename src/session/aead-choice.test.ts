import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, NO_BYTES, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { type AeadName, type CryptoSuite, NoiseHandshake, noiseNonce } from "../crypto/index.ts";
import { encodePeerRecord, peerIdToBytes } from "../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { createReferenceSuite } from "../testing/reference-suite.ts";
import { Writer } from "../wire/index.ts";
import { abilitiesOf, chooseAead, isAbilities } from "./aead-choice.ts";
import { acceptHello, BOOT_ID_BYTES, type HandshakeSelf, Initiation } from "./handshake.ts";
import { parsePacket } from "./packet.ts";
import { TestWorld } from "./world.fixture.ts";

const AES = "aes-256-gcm";
const CHACHA = "chacha20-poly1305";
const suite = createNodeSuite(AES);
const world = new TestWorld(suite, new ManualClock(1_000), testRandom("choice"));
const [anna, bert] = [testIdentity(suite, "anna"), testIdentity(suite, "bert")];
const bertsRecord = world.add(bert).record;

function self(identity: typeof anna, fastAead: AeadName): HandshakeSelf {
  return {
    suite: createNodeSuite(fastAead),
    identity,
    random: testRandom(`${identity.id} ${fastAead}`),
    bootId: new Uint8Array(BOOT_ID_BYTES).fill(9),
    record: encodePeerRecord(identity, { name: "", seqno: 1 }),
    known: () => undefined,
  };
}

/** The Noise message in a packet. */
function noiseOf(packet: Uint8Array): Uint8Array {
  const parsed = parsePacket(packet);
  if (parsed.kind !== "hello" && parsed.kind !== "welcome") throw new RangeError("no handshake");
  return parsed.noise;
}

/** What both sides of a handshake end up with. */
function shake(ofAnna: AeadName, ofBert: AeadName) {
  const initiation = new Initiation(self(anna, ofAnna), bertsRecord, 7, 0);
  const hello = noiseOf(must(initiation.nextHello(0), "a first message"));
  const accepted = must(
    acceptHello(self(bert, ofBert), { noise: hello, early: undefined }, 8),
    "an answer",
  );
  const result = must(initiation.finish(noiseOf(accepted.welcome)), "a result");
  return [result, accepted.result] as const;
}

/** Anna or Bert as they were before there was a choice: nothing stands where abilities stand. */
function olderNoise(initiator: boolean): NoiseHandshake {
  return new NoiseHandshake({
    suite,
    pattern: "IK",
    initiator,
    prologue: concatBytes(utf8("peernet session v1"), peerIdToBytes(bert.id)),
    staticKey: initiator ? anna.dhKey : bert.dhKey,
    random: testRandom("older"),
    ...(initiator ? { remoteStatic: bert.dhKey.publicKey } : {}),
  });
}

const olderWelcome = new Writer(12).u32(8).bytes(new Uint8Array(BOOT_ID_BYTES)).done();

describe("the AEAD of a session", () => {
  test.each([
    [AES, AES, AES],
    [AES, CHACHA, CHACHA],
    [CHACHA, AES, CHACHA],
    [CHACHA, CHACHA, CHACHA],
  ] as const)("%s and %s are faster: %s, with keys that fit", (ofAnna, ofBert, chosen) => {
    const [ours, theirs] = shake(ofAnna, ofBert);
    expect([ours.aead, theirs.aead]).toEqual([chosen, chosen]);
    const nonce = noiseNonce(0, chosen);
    const sealed = ours.send.seal(nonce, NO_BYTES, utf8("to Bert"));
    expect(theirs.receive.open(nonce, NO_BYTES, sealed)).toEqual(utf8("to Bert"));
    const answer = theirs.send.seal(nonce, NO_BYTES, utf8("to Anna"));
    expect(ours.receive.open(nonce, NO_BYTES, answer)).toEqual(utf8("to Anna"));
    const later = ours.chains?.nextSend().seal(nonce, NO_BYTES, utf8("later")) ?? NO_BYTES;
    expect(theirs.chains?.nextReceive().open(nonce, NO_BYTES, later)).toEqual(utf8("later"));
  });

  test("bits that we do not know change nothing, and a record is never taken for abilities", () => {
    const suites: CryptoSuite[] = [suite, createNodeSuite(CHACHA), createReferenceSuite()];
    for (const one of suites) expect(isAbilities(abilitiesOf(one))).toBe(true);
    expect(chooseAead(1, 0x7f)).toBe(AES);
    expect(chooseAead(1, 0x7e)).toBe(CHACHA);
    expect(isAbilities(0x7f)).toBe(true);
    expect(isAbilities(0x80)).toBe(false);
    expect(isAbilities(encodePeerRecord(anna, { name: "", seqno: 1 })[0])).toBe(false);
    expect(isAbilities(undefined)).toBe(false);
  });
});

describe("a peer from before there was a choice", () => {
  test("that begins gets ChaCha20-Poly1305, an answer it can read, and no key updates", () => {
    const noise = olderNoise(true);
    const payload = new Writer()
      .u32(7)
      .bytes(new Uint8Array(BOOT_ID_BYTES))
      .bytes(encodePeerRecord(anna, { name: "", seqno: 1 }));
    const hello = { noise: noise.writeMessage(payload.done()), early: undefined };
    const accepted = acceptHello(self(bert, AES), hello, 8);
    const { result, welcome } = must(accepted, "an answer");
    expect(result.aead).toBe(CHACHA);
    expect(result.chains).toBeUndefined();
    expect(noise.readMessage(noiseOf(welcome)).length).toBe(olderWelcome.length);
    const sealed = noise.split().send.seal(noiseNonce(0), NO_BYTES, utf8("hello"));
    expect(result.receive.open(noiseNonce(0), NO_BYTES, sealed)).toEqual(utf8("hello"));
  });

  test("whose answer says nothing of it is spoken to in ChaCha20-Poly1305", () => {
    const initiation = new Initiation(self(anna, AES), bertsRecord, 7, 0);
    const noise = olderNoise(false);
    noise.readMessage(noiseOf(must(initiation.nextHello(0), "a first message")));
    const result = must(initiation.finish(noise.writeMessage(olderWelcome)), "a result");
    expect(result.aead).toBe(CHACHA);
    expect(result.chains).toBeUndefined();
    const sealed = noise.split().send.seal(noiseNonce(0), NO_BYTES, utf8("hello"));
    expect(result.receive.open(noiseNonce(0), NO_BYTES, sealed)).toEqual(utf8("hello"));
  });
});
