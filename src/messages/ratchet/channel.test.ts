import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  accept,
  begin,
  codeOf,
  End,
  loadChannelOf,
  NOW_MS,
  stateOf,
  stepOf,
  talk,
  testDevice,
  twoEnds,
} from "../../../test/support/ratchet/kit.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import { isPreferred, loadChannel, RatchetChannel } from "./channel.ts";
import { beginChannel } from "./first-contact.ts";
import { readInner } from "./inner.ts";
import { BUCKET_BYTES, OLD_BUCKET_OFFSET } from "./layout.ts";
import {
  BODIES_IN_FLIGHT_MAX,
  BODY_BYTES_MAX,
  CHAIN_FRAMES_MAX,
  CHANNEL_BYTES_MAX,
  CHANNEL_FRAMES_MAX,
  FRAMES_IN_FLIGHT_MAX,
  KEY_EVERY_FRAMES,
  REMEMBERED_PLACES_MAX,
  STEP_AFTER_MESSAGES,
  STEP_AFTER_MS,
} from "./limits.ts";

describe("frames", () => {
  test("of 96 bytes have 119 bytes, or 111 with the short seal; of 108 bytes 135 and 127", () => {
    const [a, b] = twoEnds();
    talk(a, b, 3);
    const bytes = (body: number, seal: "full" | "short"): number =>
      a.channel.seal(new Uint8Array(body), NOW_MS, seal).frame.length;
    expect([bytes(96, "full"), bytes(96, "short")]).toEqual([119, 111]);
    expect([bytes(97, "short"), bytes(112, "short")]).toEqual([127, 127]);
    expect([bytes(108, "full"), bytes(113, "short")]).toEqual([135, 143]);
    expect([bytes(0, "short"), bytes(1, "short")]).toEqual([15, 31]);
  });

  test("are read where they were filled up as in older homes, and in no other way", () => {
    for (const [bytes, padding] of [
      [2 + BUCKET_BYTES, 13],
      [OLD_BUCKET_OFFSET, 5],
    ] as const) {
      const plaintext = new Uint8Array(bytes);
      plaintext.set([padding, 7, 1, 2, 3]);
      expect(readInner(plaintext).body).toEqual(Uint8Array.of(1, 2, 3));
      const longer = Uint8Array.of(...plaintext, 0);
      longer[0] = padding + 1;
      expect(() => readInner(longer)).toThrow("filled up");
    }
  });

  test("of a first contact with 100 characters have at most 400 bytes", () => {
    const channel = begin(testDevice("anna"), testDevice("ben"));
    expect(channel.seal(new Uint8Array(104), NOW_MS).frame.length).toBe(238);
    expect(channel.seal(new Uint8Array(264), NOW_MS).frame.length).toBeLessThanOrEqual(400);
  });

  test("are refused without a trace where anything was altered", () => {
    const [a, b] = twoEnds();
    talk(a, b, 2);
    const frames = [a.seal("full"), a.seal("short", NOW_MS, true)];
    const before = toHex(b.channel.encode());
    fc.assert(
      fc.property(fc.nat(1), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, at, flip) => {
        const altered = (frames[which] ?? new Uint8Array(1)).slice();
        altered[at % altered.length] = (altered[at % altered.length] ?? 0) ^ flip;
        expect(codeOf(() => b.channel.open(altered, NOW_MS))).toMatch(/^(forged|not-ours)$/);
      }),
      { seed: 5, numRuns: 200 },
    );
    for (const frame of frames) {
      for (let bytes = 0; bytes < frame.length; bytes++) {
        const cut = frame.subarray(0, bytes);
        expect(codeOf(() => b.channel.open(cut, NOW_MS))).toMatch(/^(forged|not-ours)$/);
      }
    }
    expect(toHex(b.channel.encode())).toBe(before);
    expect(frames.map((frame) => b.open(frame))).toEqual(["full", "short"]);
  });

  test("are known again after they were opened, also in the chain before", () => {
    const [a, b] = twoEnds();
    const old = a.seal("old");
    b.open(old);
    expect(codeOf(() => b.channel.open(old, NOW_MS))).toBe("replayed");
    while (stateOf(b.channel).ended === undefined) talk(a, b, 1);
    expect(codeOf(() => b.channel.open(old, NOW_MS))).toMatch(/^(replayed|not-ours)$/);
    const many = Array.from({ length: REMEMBERED_PLACES_MAX + 1 }, () => a.seal("many"));
    for (const frame of many) b.open(frame);
    const remembered = many.map((frame) => codeOf(() => b.channel.open(frame, NOW_MS)));
    expect(remembered).toEqual(many.map((_, i) => (i === 0 ? "not-ours" : "replayed")));
    const last = a.seal("last");
    b.open(last);
    expect(codeOf(() => loadChannelOf(b).open(last, NOW_MS))).toBe("replayed");
    expect(codeOf(() => a.channel.open(last, NOW_MS))).toBe("not-ours");
  });
});

describe("bodies", () => {
  test("have a largest size", () => {
    const [a, b] = twoEnds();
    const most = new Uint8Array(BODY_BYTES_MAX).fill(7);
    const { frame } = a.channel.seal(most, NOW_MS);
    expect(b.channel.open(frame, NOW_MS).body).toEqual(most);
    const code = codeOf(() => a.channel.seal(new Uint8Array(BODY_BYTES_MAX + 1), NOW_MS));
    expect(code).toBe("too-large");
  });
});

describe("frames under way", () => {
  test("are at most so many, and open in any order", () => {
    const [a, b] = twoEnds();
    talk(a, b, 1);
    // The last answer has acknowledged all but nothing that follows.
    b.open(a.seal("mark"));
    a.open(b.seal("seen"));
    const frames: Uint8Array[] = [];
    while (frames.length < BODIES_IN_FLIGHT_MAX) frames.push(a.seal("x"));
    expect(codeOf(() => a.channel.seal(utf8("one more"), NOW_MS))).toBe("window-full");
    while (frames.length < FRAMES_IN_FLIGHT_MAX) frames.push(a.seal(""));
    expect(codeOf(() => a.channel.seal(utf8(""), NOW_MS))).toBe("window-full");
    expect(b.channel.tags().length).toBeGreaterThanOrEqual(FRAMES_IN_FLIGHT_MAX);
    frames.reverse().forEach((frame, i) => {
      expect(b.open(frame)).toBe(i < FRAMES_IN_FLIGHT_MAX - BODIES_IN_FLIGHT_MAX ? "" : "x");
      if (i === 0) expect(b.channel.encode().length).toBeLessThanOrEqual(CHANNEL_BYTES_MAX);
    });
    a.open(b.seal("all here"));
    expect(a.channel.acknowledgedCount).toBe(a.channel.sealedCount);
    expect(b.open(a.seal("one more"))).toBe("one more");
  });

  test("to both sides, all that may be, do not keep them from acknowledging", () => {
    const [a, b] = twoEnds();
    talk(a, b, 1);
    const [toB, toA]: [Uint8Array[], Uint8Array[]] = [[], []];
    for (const [end, frames] of [[a, toB] as const, [b, toA] as const]) {
      while (codeOf(() => end.channel.seal(utf8("x"), NOW_MS)) === "none") {
        frames.push(end.seal("apart"));
      }
    }
    for (const frame of toB) b.open(frame);
    for (const frame of toA) a.open(frame);
    a.open(b.seal(""));
    expect(a.channel.acknowledgedCount).toBe(a.channel.sealedCount);
    expect(b.open(a.seal("together again"))).toBe("together again");
    expect(a.open(b.seal("both"))).toBe("both");
  });

  test("of one chain, and of a channel over its life, are so many and no more", () => {
    const [a] = twoEnds();
    const state = stateOf(a.channel);
    const at = (next: number, base: number) => {
      const sending = { ...state.sending, next, base };
      const counted = { ...state, sending, acknowledged: next + base };
      const channel = new RatchetChannel(testDevice("old").kit, counted);
      return codeOf(() => channel.seal(utf8("x"), NOW_MS));
    };
    expect([at(CHAIN_FRAMES_MAX - 1, 0), at(CHAIN_FRAMES_MAX, 0)]).toEqual(["none", "window-full"]);
    const whole = (next: number) => at(next, CHANNEL_FRAMES_MAX - 10);
    expect([whole(9), whole(10)]).toEqual(["none", "window-full"]);
  });

  test("that claim a chain longer than may be are refused, and change nothing", () => {
    const [a, b] = twoEnds();
    while (stateOf(b.channel).before === undefined) talk(a, b, 1);
    // Ben knows the new chain and Anna has not begun it: an Anna that lies about the old one.
    a.open(b.seal("acknowledged"));
    const state = stateOf(a.channel);
    const lying = (lastLength: number) =>
      new RatchetChannel(testDevice("liar").kit, { ...state, lastLength }).seal(utf8("x"), NOW_MS);
    const before = toHex(b.channel.encode());
    const used = state.lastLength;
    const most = b.channel.receivedCount - (sumBefore(b) ?? 0) + FRAMES_IN_FLIGHT_MAX - 1;
    expect(codeOf(() => b.channel.open(lying(most + 1).frame, NOW_MS))).toBe("too-far");
    expect(codeOf(() => b.channel.open(lying(used - 1).frame, NOW_MS))).toBe("malformed");
    expect(codeOf(() => b.channel.open(lying(most).frame, NOW_MS))).toBe("none");
    expect(toHex(b.channel.encode())).toBe(before);
  });
});

const sumBefore = (end: End) => stateOf(end.channel).before?.base;

describe("ratchet keys", () => {
  test("are new after so many messages in turn, and never in every message", () => {
    const [a, b] = twoEnds();
    talk(a, b, 4);
    const first = stepOf(a);
    let keys = 0;
    for (let i = 0; i < 100; i++) {
      const frames = [a.seal("ping"), b.seal("pong")] as const;
      keys += frames.filter((frame) => frame.length > 39).length;
      b.open(frames[0]);
      a.open(frames[1]);
    }
    expect(stepOf(a) - first).toBeGreaterThanOrEqual(200 / (STEP_AFTER_MESSAGES + 2) - 1);
    expect(keys).toBeLessThanOrEqual(2 * (stepOf(a) - first));
  });

  test("are new after a day, also where the clock was set back or is ten years off", () => {
    for (const ms of [STEP_AFTER_MS, -STEP_AFTER_MS, 10 * 365 * STEP_AFTER_MS]) {
      const [a, b] = twoEnds();
      talk(a, b, 3);
      const turn = (stepOf(a) % 2 === 1) === a.channel.initiator ? b : a;
      const stepped = stepOf(turn);
      const almostMs = NOW_MS + Math.sign(ms) * (STEP_AFTER_MS - 1);
      expect(stepOf(new End(turn.channel.seal(utf8("x"), almostMs).next))).toBe(stepped);
      expect(stepOf(new End(turn.channel.seal(utf8("x"), NOW_MS + ms).next))).toBe(stepped + 1);
      const other = turn === a ? b : a;
      expect(other.open(turn.seal("later", NOW_MS + ms))).toBe("later");
    }
  });

  test("are told in every fourth frame until they are acknowledged", () => {
    const [a, b] = twoEnds();
    const turn = (stepOf(a) % 2 === 1) === a.channel.initiator ? b : a;
    const other = turn === a ? b : a;
    const short = turn.seal("", NOW_MS).length;
    const sizes = Array.from({ length: 9 }, () => turn.seal("", NOW_MS).length);
    const long = sizes.filter((size) => size !== Math.min(...sizes));
    expect(short).toBe(Math.max(...sizes));
    expect(sizes.map((size) => size === short).lastIndexOf(true)).toBe(2 * KEY_EVERY_FRAMES - 1);
    expect(long.length).toBe(2);
    expect(other.channel.opening).toBe(false);
  });

  test("are the other device's to answer: one side alone goes on with its chain", () => {
    const [a, b] = twoEnds();
    talk(a, b, 3);
    for (let i = 0; i < 200; i++) b.open(a.seal("alone"));
    const steps = stepOf(a);
    a.open(b.seal("")); // acknowledges, and brings a key since one was due
    b.open(a.seal("alone"));
    expect(stepOf(a)).toBeGreaterThan(steps);
  });
});

describe("old copies", () => {
  test("of another instance do not load", () => {
    const anna = testDevice("anna");
    const bytes = begin(anna, testDevice("ben")).encode();
    expect(loadChannel(anna.kit, bytes).encode()).toEqual(bytes);
    const restored = { ...anna.kit, instance: new Uint8Array(8).fill(1) };
    expect(codeOf(() => loadChannel(restored, bytes))).toBe("restored");
  });

  test("that load all the same are noticed by what the other device has", () => {
    const [a, b] = twoEnds();
    talk(a, b, 1);
    const old = a.channel;
    b.open(a.seal("after the backup"));
    a.channel = old;
    const answer = b.seal("I have it");
    expect(codeOf(() => a.channel.open(answer, NOW_MS))).toBe("clone");
  });

  test("are replaced by a channel of a greater generation", () => {
    const [anna, ben] = [testDevice("anna"), testDevice("ben")];
    const first = begin(anna, ben);
    const bundle = ben.prekey;
    const options = { ourDhKey: anna.dhKey, theirDhKey: ben.dhKey.publicKey, bundle };
    // The clock of the restored device is behind.
    const second = beginChannel(anna.kit, {
      ...options,
      nowMs: NOW_MS - 1_000_000,
      afterGeneration: first.generation,
    });
    expect(second.generation).toBe(first.generation + 1);
    expect([isPreferred(second, first), isPreferred(first, second)]).toEqual([true, false]);
    const taken = accept(ben, second.seal(utf8("again"), NOW_MS).frame).next;
    expect(taken.generation).toBe(second.generation);
    expect(taken.id).toBe(second.id);
  });

  test("that are damaged do not load, whatever is wrong", () => {
    const anna = testDevice("anna");
    const bytes = begin(anna, testDevice("ben")).encode();
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      expect(codeOf(() => loadChannel(anna.kit, cut))).toBe("damaged");
    }
    const longer = Uint8Array.of(...bytes, 0);
    expect(codeOf(() => loadChannel(anna.kit, longer))).toBe("damaged");
    const later = bytes.slice();
    later[0] = 2;
    expect(codeOf(() => loadChannel(anna.kit, later))).toBe("damaged");
  });
});

test("a crash between sealing and writing uses no key for two frames that leave", () => {
  const [a, b] = twoEnds();
  const onDisk = a.channel;
  const unwritten = onDisk.seal(utf8("never left"), NOW_MS);
  const written = onDisk.seal(utf8("left"), NOW_MS);
  expect(unwritten.index).toBe(written.index);
  expect(b.channel.open(written.frame, NOW_MS).body).toEqual(utf8("left"));
});

test("a crash between opening and writing opens the frame again, and acknowledges nothing before", () => {
  const [a, b] = twoEnds();
  const frame = a.seal("hello");
  const lost = b.channel.open(frame, NOW_MS);
  expect(lost.next.owesAcknowledgement).toBe(true);
  const again = b.channel.open(frame, NOW_MS);
  expect(again.index).toBe(lost.index);
  a.open(b.seal("from the state before"));
  expect(a.channel.acknowledgedCount).toBe(again.index);
});
