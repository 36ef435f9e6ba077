import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { decodePeerRecord, SEQNO_MAX } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { testIdentity, testRandom } from "../testing/fixtures.ts";
import { isLinkAfter } from "./chain.ts";
import { CHAIN_LENGTH, SEQNO_BUMP_MS, SEQNO_JUMP_MAX, SIGN_GAP_MS } from "./limits.ts";
import { Origin } from "./origin.ts";

const suite = createToySuite(createNodeSuite());
const identity = testIdentity(suite, "me");

function origin(seqno = 10): { readonly origin: Origin; readonly reserved: number[] } {
  const reserved: number[] = [];
  return {
    reserved,
    origin: new Origin({
      ...{ identity, suite, random: testRandom(1), name: "me", seqno },
      reserveSeqno: (upTo) => reserved.push(upTo),
    }),
  };
}

/** Whether what the origin tells of its number would be believed by who has its record. */
function isProven({ record, seqno, link, idBytes }: Origin): boolean {
  if (seqno === record.seqno) return link === undefined;
  const { chain } = decodePeerRecord(suite, record.bytes);
  if (chain === undefined || link === undefined) return false;
  return isLinkAfter(suite, idBytes, chain, link, seqno - record.seqno);
}

describe("the number in force", () => {
  test("rises along the chain without a signature, and by a new record where that ends", () => {
    const { origin: me } = origin();
    let nowMs = 0;
    for (let i = 1; i <= CHAIN_LENGTH; i++) {
      me.request(me.seqno + 1);
      nowMs = me.nextDeadlineMs();
      expect(me.tick(nowMs)).toBe(true);
      expect([me.seqno, me.record.seqno, isProven(me)]).toEqual([10 + i, 10, true]);
    }
    me.request(me.seqno + 1);
    expect(me.tick(me.nextDeadlineMs())).toBe(true);
    expect([me.seqno, me.record.seqno]).toEqual([11 + CHAIN_LENGTH, 11 + CHAIN_LENGTH]);
    expect(isProven(me)).toBe(true);
  });

  test("is never used before it is reserved", () => {
    const { origin: me, reserved } = origin();
    for (let i = 0; i < 300; i++) {
      expect(reserved.at(-1)).toBeGreaterThanOrEqual(me.seqno);
      me.request(me.seqno + 1);
      me.tick(me.nextDeadlineMs());
    }
    expect(reserved.length).toBeLessThan(15);
  });

  test("is taken at most every SEQNO_BUMP_MS", () => {
    const { origin: me } = origin();
    me.request(11);
    expect(me.tick(1_000)).toBe(true);
    me.request(12);
    expect(me.tick(1_000 + SEQNO_BUMP_MS - 1)).toBe(false);
    expect(me.tick(1_000 + SEQNO_BUMP_MS)).toBe(true);
    expect(me.tick(1_000_000)).toBe(false);
    expect(me.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("ends at SEQNO_MAX: more is not wanted from us, and a new name needs a new key", () => {
    const { origin: me } = origin(SEQNO_MAX);
    me.request(SEQNO_MAX + 1);
    me.request(SEQNO_MAX + 2);
    expect(me.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
    expect(() => me.rename("other")).toThrow("used all its sequence numbers");
    expect(me.record.name).toBe("me");
  });
});

describe("what others can make it sign", () => {
  test("one record in SIGN_GAP_MS, however they ask", () => {
    const { origin: me } = origin();
    const signed = new Set<number>();
    const untilMs = 10 * SIGN_GAP_MS;
    for (let nowMs = 0; nowMs < untilMs; nowMs += 100) {
      me.request(me.seqno + 2 + (nowMs % 700));
      me.request(SEQNO_MAX);
      me.tick(nowMs);
      signed.add(me.record.seqno);
    }
    expect(signed.size).toBeLessThanOrEqual(1 + untilMs / SIGN_GAP_MS);
    expect(signed.size).toBeGreaterThan(5);
  });

  test("lifts the number by SEQNO_JUMP_MAX at once, by one where more is asked for", () => {
    const { origin: me } = origin();
    me.request(10 + SEQNO_JUMP_MAX);
    me.tick(0);
    expect([me.seqno, me.record.seqno]).toEqual([74, 74]);
    me.request(74 + SEQNO_JUMP_MAX + 1);
    me.tick(SIGN_GAP_MS);
    expect([me.seqno, me.record.seqno]).toEqual([75, 75]);
  });

  test("does not hold up who asks for the next number and no more", () => {
    const { origin: me } = origin();
    me.request(SEQNO_MAX);
    me.tick(0);
    me.request(SEQNO_MAX);
    me.request(me.seqno + 1);
    expect(me.nextDeadlineMs()).toBe(SEQNO_BUMP_MS);
    expect(me.tick(SEQNO_BUMP_MS)).toBe(true);
    expect([me.seqno, me.record.seqno, isProven(me)]).toEqual([12, 11, true]);
    expect(me.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a state that was lost", () => {
  test("is recovered by a record above the number that others have proof of", () => {
    const { origin: me } = origin();
    me.heardOwn(10);
    expect(me.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
    me.heardOwn(5_000);
    expect(me.tick(me.nextDeadlineMs())).toBe(true);
    expect([me.seqno, me.record.seqno]).toEqual([5_001, 5_001]);
    me.heardOwn(6_000);
    expect(me.nextDeadlineMs()).toBe(SIGN_GAP_MS);
  });
});
