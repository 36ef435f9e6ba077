import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../../test/support/store-net.ts";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { concatBytes, fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { testIdentity } from "../../testing/index.ts";
import { WireError } from "../../wire/index.ts";
import { Attack } from "../attack.fixture.ts";
import { decodeMessage, encodeMessage, type StoreMessage } from "../messages.ts";
import { makeVillage } from "./audit.fixture.ts";
import { AuditBudget } from "./budget.ts";
import { Coefficients } from "./coefficients.ts";
import {
  AUDIT_ASKERS_MAX,
  AUDIT_BYTES_FOR_STRANGERS,
  AUDIT_BYTES_MIN,
  AUDIT_BYTES_PER_ASKER,
  AUDIT_REPLY_BYTES,
  AUDIT_WAIT_MS_MAX,
  AUDITS_PER_ASKER,
  AUDITS_SERVED_MAX,
} from "./limits.ts";

const suite = createNodeSuite();
const ROOT = "ab".repeat(32);
const SEED = new Uint8Array(32).fill(7);

const ascending = fc
  .uniqueArray(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 4 })
  .map((all) => all.sort((a, b) => a - b));
const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

const anyMessage: fc.Arbitrary<StoreMessage> = fc.oneof(
  fc.record({
    t: fc.constant("challenge" as const),
    root: fc.constant(ROOT),
    seed: bytesOf(32),
    width: fc.constantFrom(1, 2, 4, 8, 16),
    indices: ascending,
  }),
  fc.record({ t: fc.constant("commitment" as const), indices: ascending, hash: bytesOf(32) }),
  fc.record({
    t: fc.constant("declined" as const),
    waitMs: fc.integer({ min: 0, max: AUDIT_WAIT_MS_MAX }),
  }),
  fc.constant({ t: "reveal" as const }),
  fc.record({
    t: fc.constant("proof" as const),
    nonce: bytesOf(16),
    reply: fc.uint8Array({ maxLength: AUDIT_REPLY_BYTES }),
  }),
);

function challenge(width: number, indices: readonly number[], root = ROOT): StoreMessage {
  return { t: "challenge", root, seed: SEED, width, indices };
}

function decoded(message: StoreMessage): StoreMessage {
  return decodeMessage(encodeMessage(message).subarray(4));
}

describe("messages of audits", () => {
  test("come back as they were, and nothing may follow them", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decoded(message)).toEqual(message);
        const longer = concatBytes(encodeMessage(message).subarray(4), SEED, SEED, SEED);
        expect(() => decodeMessage(longer)).toThrow(WireError);
      }),
      { seed: 1 },
    );
  });

  test("that ask for or give more than 64 bytes, or no sense, are refused", () => {
    const four = [0, 1, 2, 3];
    expect(decoded(challenge(16, four))).toBeDefined();
    expect(decoded(challenge(AUDIT_REPLY_BYTES, [5]))).toBeDefined();
    const reply = new Uint8Array(AUDIT_REPLY_BYTES + 1);
    const nonce = new Uint8Array(16);
    const bad: StoreMessage[] = [
      challenge(32, four),
      challenge(128, [0]),
      challenge(3, [0]),
      challenge(0, [0]),
      challenge(1, []),
      challenge(1, [2, 2]),
      challenge(1, [128]),
      { t: "proof", nonce, reply },
      { t: "declined", waitMs: AUDIT_WAIT_MS_MAX + 1 },
    ];
    for (const message of bad) expect(() => decoded(message)).toThrow(WireError);
  });
});

describe("a holder", () => {
  test("tells who does not know the root nothing, and reveals nothing twice or unasked", () => {
    const net = makeStoreNet();
    const { holders, root } = makeVillage(net);
    const victim = must(holders[3], "a holder");
    const [index = 0] = [...Array(12).keys()].filter((i) =>
      victim.disk.records.has(`store/fragment/${root}/${String(i).padStart(3, "0")}`),
    );
    const attack = new Attack(net.add(), victim).hello();
    const ask = challenge(16, [index], root);
    attack.say({ t: "reveal" }, challenge(16, [0, 1, 2]), challenge(1, [(index + 1) % 12], root));
    attack.say(ask, { t: "reveal" }, { t: "reveal" }, challenge(AUDIT_REPLY_BYTES, [index], root));
    net.settle(1_000);
    expect(attack.received.map(({ t }) => t)).toEqual([
      ...["missing", "missing", "missing", "commitment", "proof", "missing", "missing"],
    ]);
    attack.say({ t: "declined", waitMs: 1 });
    net.settle(1_000);
    expect(attack.closed).toBe("reset");
  });

  test("answers each asker differently, so that answers of others are of no use", () => {
    const root = must(fromHex(ROOT), "a root");
    const [mine, theirs] = ["anna", "ben"].map((label) => {
      const { id } = testIdentity(suite, label);
      return new Coefficients(suite, root, id, SEED).ofStripe(0, 64);
    });
    expect(mine).not.toEqual(theirs);
  });

  test("works on so many challenges at a time and politely declines one more", () => {
    const net = makeStoreNet();
    const { holders, root } = makeVillage(net, 2);
    const victim = must(holders[1], "a holder");
    const disk = victim.disk;
    const indices = [...disk.records.keys()].flatMap((key) => {
      const index = /^store\/fragment\/\w+\/(\d+)$/.exec(key)?.[1];
      return index === undefined ? [] : [Number(index)];
    });
    const asker = net.add();
    const ask = challenge(8, indices, root);
    const attacks = Array.from({ length: AUDITS_SERVED_MAX + 1 }, () =>
      new Attack(asker, victim).hello().say(ask),
    );
    net.settle(1_000);
    const answers = attacks.map(({ received }) => received[0]);
    const declined = answers.filter((answer) => answer?.t === "declined");
    expect(declined).toEqual([{ t: "declined", waitMs: 1_000 }]);
    expect(answers.filter((answer) => answer?.t === "commitment")).toHaveLength(AUDITS_SERVED_MAX);
    const again = new Attack(asker, victim).hello().say(ask);
    net.settle(1_000);
    expect(again.received[0]?.t).toBe("commitment");
  });

  test("that is left in the middle of a challenge works on others afterwards", () => {
    const net = makeStoreNet();
    const { holders, root } = makeVillage(net, 2);
    const victim = must(holders[1], "a holder");
    const asker = net.add();
    for (let round = 0; round < 3 * AUDITS_SERVED_MAX; round++) {
      const all = [...Array(12).keys()].slice(0, 4);
      const attack = new Attack(asker, victim).hello().say(challenge(8, all, root));
      net.until(() => asker.session.streams.size > 0 && victim.session.streams.size > 0, 10);
      attack.stream.reset();
      net.settle(100);
    }
    const attack = new Attack(asker, victim).hello();
    attack.say(challenge(1, [...Array(12).keys()], root));
    net.settle(1_000);
    expect(attack.received[0]?.t).toBe("commitment");
  });
});

describe("what a holder reads for others", () => {
  const [anna = "", ben = "", cleo = ""] = ["anna", "ben", "cleo"].map(
    (label) => testIdentity(suite, label).id,
  );

  test("is so many challenges of one peer in an hour and not one more, but hers come back", () => {
    const budget = new AuditBudget();
    for (let i = 0; i < AUDITS_PER_ASKER; i++) expect(budget.pay(anna, true, 0, 0)).toBe(0);
    const waitMs = budget.pay(anna, true, 0, 0);
    expect(waitMs).toBeGreaterThan(0);
    expect(budget.pay(ben, true, 0, 0)).toBe(0);
    expect(budget.pay(anna, true, 0, waitMs)).toBe(0);
  });

  test("is so many bytes of one peer", () => {
    const budget = new AuditBudget();
    const half = AUDIT_BYTES_PER_ASKER / 2;
    expect([0, 1].map(() => budget.pay(anna, true, half, 0))).toEqual([0, 0]);
    expect(budget.pay(anna, true, AUDIT_BYTES_MIN, 0)).toBeGreaterThan(0);
    expect(budget.pay(ben, true, 3 * AUDIT_BYTES_PER_ASKER, 0)).toBe(0);
    expect(budget.pay(ben, true, 3 * AUDIT_BYTES_PER_ASKER, 0)).toBe(AUDIT_WAIT_MS_MAX);
  });

  test("strangers share one allowance, which takes no owner's turn", () => {
    const budget = new AuditBudget();
    expect(budget.pay(anna, false, AUDIT_BYTES_FOR_STRANGERS, 0)).toBe(0);
    expect(budget.pay(ben, false, 1, 0)).toBeGreaterThan(0);
    expect(budget.pay(cleo, true, 1, 0)).toBe(0);
  });

  test("a crowd of made-up peers makes room for itself only", () => {
    const budget = new AuditBudget();
    let paid = 0;
    for (let i = 0; i < 3 * AUDIT_ASKERS_MAX; i++) {
      if (budget.pay(String(i), false, AUDIT_BYTES_FOR_STRANGERS / 64, 0) === 0) paid++;
    }
    expect(paid).toBe(64);
  });
});
