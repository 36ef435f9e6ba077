import { createNodeSuite } from "../../../src/adapters/node/crypto.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import type { CryptoSuite, DhKey, SigningKey } from "../../../src/crypto/index.ts";
import { loadChannel, RatchetChannel } from "../../../src/messages/ratchet/channel.ts";
import { RatchetError } from "../../../src/messages/ratchet/errors.ts";
import { acceptChannel, beginChannel } from "../../../src/messages/ratchet/first-contact.ts";
import { STEP_AFTER_MESSAGES } from "../../../src/messages/ratchet/limits.ts";
import { makePrekey, readBundle, writeBundle } from "../../../src/messages/ratchet/prekeys.ts";
import type { ChannelState } from "../../../src/messages/ratchet/state.ts";
import type {
  Channel,
  FirstOpened,
  Prekey,
  RatchetKit,
} from "../../../src/messages/ratchet/types.ts";
import { testRandom } from "../../../src/testing/index.ts";

/** One suite for all tests of this room. */
export const suite: CryptoSuite = createNodeSuite();
/** When the tests begin, milliseconds since 1970. */
export const NOW_MS = 1_800_000_000_000;

/** A device with what it needs for channels. */
export interface TestDevice {
  readonly kit: RatchetKit;
  readonly dhSecret: Uint8Array;
  readonly dhKey: DhKey;
  readonly signKey: SigningKey;
  readonly prekey: Prekey;
}

/** A device that depends only on its name. */
export function testDevice(name: string, oneTime = false): TestDevice {
  const random = testRandom(`ratchet ${name}`);
  const kit = { suite, random, instance: random.bytes(8) };
  const dhSecret = random.bytes(32);
  const signKey = suite.signingKey(random.bytes(32));
  const prekey = makePrekey(kit, NOW_MS, 7 * 86_400_000, oneTime);
  return { kit, dhSecret, dhKey: suite.dhKey(dhSecret), signKey, prekey };
}

/** A channel that `from` begins to `to`. */
export function begin(from: TestDevice, to: TestDevice, nowMs: number = NOW_MS): Channel {
  const bytes = writeBundle(to.prekey, to.signKey);
  const bundle = readBundle(suite, bytes, to.signKey.publicKey, nowMs);
  const theirDhKey = to.dhKey.publicKey;
  return beginChannel(from.kit, { ourDhKey: from.dhKey, theirDhKey, bundle, nowMs });
}

/** `device` takes a first frame. */
export function accept(device: TestDevice, frame: Uint8Array, nowMs: number = NOW_MS): FirstOpened {
  const { kit, dhKey, prekey } = device;
  return acceptChannel(kit, { ourDhKey: dhKey, prekeys: [prekey], nowMs }, frame);
}

/** One end that keeps its newest state by itself: for tests that do not look at single states. */
export class End {
  channel: Channel;

  constructor(channel: Channel) {
    this.channel = channel;
  }

  seal(text: string, nowMs: number = NOW_MS, short = false): Uint8Array {
    const { frame, next } = this.channel.seal(utf8(text), nowMs, short ? "short" : "full");
    this.channel = next;
    return frame;
  }

  open(frame: Uint8Array, nowMs: number = NOW_MS): string {
    const { body, next } = this.channel.open(frame, nowMs);
    this.channel = next;
    return new TextDecoder().decode(body);
  }
}

/** Two ends that have exchanged a first frame and its answer. */
export function twoEnds(label = ""): readonly [End, End] {
  const [anna, ben] = [testDevice(`anna${label}`), testDevice(`ben${label}`)];
  const a = new End(begin(anna, ben));
  const b = new End(accept(ben, a.seal("hello")).next);
  a.open(b.seal("hello yourself"));
  return [a, b];
}

/** The code of the error that a call throws; "none" where it throws none. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RatchetError) return error.code;
    throw error;
  }
  return "none";
}

/** Number of the newest ratchet key that an end knows. */
export const stepOf = (end: End): number => stateOf(end.channel).step;

/** What a channel remembers. */
export function stateOf(channel: Channel): ChannelState {
  if (channel instanceof RatchetChannel) return channel.state;
  throw new RangeError("a channel of this room");
}

/** The two ends speak in turn; by default until each has made a new ratchet key that the other one has. */
export function talk(a: End, b: End, rounds: number = STEP_AFTER_MESSAGES + 2): void {
  for (let i = 0; i < rounds; i++) {
    const heard = [b.open(a.seal(`to b ${i}`)), a.open(b.seal(`to a ${i}`))];
    if (heard.join() !== `to b ${i},to a ${i}`)
      throw new RangeError("They misunderstand each other.");
  }
}

/** What somebody has who copies the disk of an end now. */
export function loadChannelOf(end: End): Channel {
  const kit = { suite, random: testDevice("any").kit.random, instance: new Uint8Array(8) };
  return loadChannel(kit, recoded(end.channel));
}

/** A saved state under the instance of `loadChannelOf`. */
export function recoded(channel: Channel): Uint8Array {
  const bytes = channel.encode();
  bytes.fill(0, 1, 9);
  return bytes;
}
