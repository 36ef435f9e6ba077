import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testDevice } from "../../../test/support/ratchet/kit.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import { AssertionError } from "../../base/errors.ts";
import { testRandom } from "../../testing/index.ts";
import { RatchetError } from "./errors.ts";
import { BODY_BYTES_MAX, EPOCH_BYTES_MAX, SENDER_KEY_FRAMES_MAX } from "./limits.ts";
import { loadReceivedKey, loadSenderKey, makeSenderKey, takeSenderKey } from "./sender-keys.ts";
import { makeTagBook } from "./tag-book.ts";
import type { OwnKey, ReceivedKey, SenderKeyScope } from "./types.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RatchetError) return error.code;
    throw error;
  }
  return "none";
}

const anna = testDevice("anna");
const ben = testDevice("ben");
const scope: SenderKeyScope = {
  epoch: utf8("group 7, epoch 3"),
  senderSignKey: anna.signKey.publicKey,
};

function pair(): readonly [OwnKey, ReceivedKey] {
  const own = makeSenderKey(anna.kit, scope);
  return [own, takeSenderKey(ben.kit, scope, own.share())];
}

describe("sender keys", () => {
  test("take 100 characters to a thousand members in one frame of 135 bytes", () => {
    const [own, received] = pair();
    const body = new Uint8Array(104).fill(9);
    const sealed = own.seal(body);
    expect(sealed.frame.length).toBe(135);
    expect(own.seal(body, "short").frame.length).toBe(127);
    expect(own.seal(body, "full", anna.signKey).frame.length).toBeLessThanOrEqual(199);
    const opened = received.open(sealed.frame);
    expect([opened.body, opened.place, opened.signed]).toEqual([body, 0, false]);
    expect(own.share().length).toBe(67);
  });

  test("open in any order, once, also after a restart", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), (count, seed) => {
        let [own, received] = pair();
        const frames: Uint8Array[] = [];
        for (let i = 0; i < count; i++) {
          const sealed = own.seal(utf8(`message ${i}`), i % 2 === 0 ? "full" : "short");
          frames.push(sealed.frame);
          own = loadSenderKey(anna.kit, scope, sealed.next.encode());
        }
        const dice = testRandom(seed);
        const order = frames.map((frame, i) => ({ frame, i, at: dice.u32() }));
        for (const { frame, i } of order.sort((a, b) => a.at - b.at)) {
          const opened = received.open(frame);
          expect([opened.body, opened.place]).toEqual([utf8(`message ${i}`), i]);
          received = loadReceivedKey(ben.kit, scope, opened.next.encode());
          expect(codeOf(() => received.open(frame))).toBe("replayed");
        }
      }),
      { seed: 1, numRuns: 20 },
    );
  });

  test("tell those who come later nothing of before", () => {
    const [own, early] = pair();
    const first = own.seal(utf8("before"));
    const late = takeSenderKey(ben.kit, scope, first.next.share());
    expect(codeOf(() => late.open(first.frame))).toBe("replayed");
    const second = first.next.seal(utf8("after"));
    expect(late.open(second.frame).body).toEqual(utf8("after"));
    expect(early.open(second.frame).next.open(first.frame).body).toEqual(utf8("before"));
  });

  test("serve so many frames, all of which may be missing", () => {
    let [own, received] = pair();
    const frames: Uint8Array[] = [];
    for (let i = 0; i < SENDER_KEY_FRAMES_MAX; i++) {
      const sealed = own.seal(utf8(String(i)));
      frames.push(sealed.frame);
      own = sealed.next;
    }
    expect(codeOf(() => own.seal(utf8("one more")))).toBe("window-full");
    expect(received.tags().length).toBe(SENDER_KEY_FRAMES_MAX);
    for (const [i, frame] of frames.toReversed().entries()) {
      const opened = received.open(frame);
      expect(opened.place).toBe(SENDER_KEY_FRAMES_MAX - 1 - i);
      received = opened.next;
    }
    expect(received.tags()).toEqual([]);
  });

  test("have limits on bodies and on the name of the epoch", () => {
    const [own, received] = pair();
    const most = new Uint8Array(BODY_BYTES_MAX).fill(1);
    expect(received.open(own.seal(most).frame).body).toEqual(most);
    expect(codeOf(() => own.seal(new Uint8Array(BODY_BYTES_MAX + 1)))).toBe("too-large");
    const named = (bytes: number) => () =>
      makeSenderKey(anna.kit, { ...scope, epoch: new Uint8Array(bytes) });
    expect(named(EPOCH_BYTES_MAX)).not.toThrow();
    expect(named(EPOCH_BYTES_MAX + 1)).toThrow(AssertionError);
    expect(named(0)).toThrow(AssertionError);
  });

  test("with a signature prove the sender to members, who could make anything else", () => {
    const [own, received] = pair();
    const signed = own.seal(utf8("mine"), "full", anna.signKey);
    expect(received.open(signed.frame).signed).toBe(true);
    const passedOff = own.seal(utf8("not mine"), "full", ben.signKey);
    expect(codeOf(() => received.open(passedOff.frame))).toBe("bad-signature");
    const elsewhere = { ...scope, epoch: utf8("another epoch") };
    const other = takeSenderKey(ben.kit, elsewhere, own.share());
    expect(codeOf(() => other.open(signed.frame))).toBe("bad-signature");
  });

  test("refuse what was altered and what is not theirs, and stay as they were", () => {
    const [own, received] = pair();
    const { frame } = own.seal(utf8("hello"), "short");
    const before = toHex(received.encode());
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = frame.slice();
        altered[at % frame.length] = (altered[at % frame.length] ?? 0) ^ flip;
        expect(codeOf(() => received.open(altered))).toMatch(/^(forged|not-ours)$/);
      }),
      { seed: 2, numRuns: 150 },
    );
    const stranger = makeSenderKey(ben.kit, scope).seal(utf8("x"));
    expect(codeOf(() => received.open(stranger.frame))).toBe("not-ours");
    expect(toHex(received.encode())).toBe(before);
  });

  test("of another instance, or damaged, do not load", () => {
    const [own, received] = pair();
    const copy = { ...anna.kit, instance: new Uint8Array(8) };
    expect(codeOf(() => loadSenderKey(copy, scope, own.encode()))).toBe("restored");
    for (let length = 0; length < received.encode().length; length++) {
      const cut = received.encode().subarray(0, length);
      expect(codeOf(() => loadReceivedKey(ben.kit, scope, cut))).toBe("damaged");
      expect(codeOf(() => takeSenderKey(ben.kit, scope, own.share().subarray(0, length)))).toMatch(
        length < own.share().length ? "malformed" : "none",
      );
    }
  });

  test("are found by their tags", () => {
    const [own, received] = pair();
    const book = makeTagBook();
    book.put(received);
    const [first = 0, second = 0] = received.tags(2);
    expect([book.find(first), book.find(second)]).toEqual([[received.id], [received.id]]);
    const { next } = received.open(own.seal(utf8("x")).frame);
    book.put(next);
    expect(next.tags(1)).toEqual([second]);
    book.remove(received.id);
    expect([book.find(first), book.find(second)]).toEqual([[], []]);
  });
});
