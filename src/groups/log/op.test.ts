import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { TypedError } from "../../base/errors.ts";
import { fuzzDevice } from "../../simulation/groups/fuzz-people.ts";
import { WireError } from "../../wire/index.ts";
import {
  DEPS_MAX,
  HEIRS_MAX,
  INVITE_USES_MAX,
  LABEL_BYTES_MAX,
  NAME_BYTES_MAX,
  OP_BYTES_MAX,
  OPS_PER_DEVICE_MAX,
  OWNERS_MAX,
  POLICY_BYTES_MAX,
  TARGETS_MAX,
  TITLE_BYTES_MAX,
} from "./limits.ts";
import { decodeOp, isSigned, signOp } from "./op.ts";
import type { Body } from "./types.ts";

fc.configureGlobal({ seed: 1 });

const suite = createNodeSuite();
const device = fuzzDevice(suite, "anna", "0");
const GROUP = "ab".repeat(16);
const HASH = "cd".repeat(32);

const hexOf = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((each) => [...each].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
const person = hexOf(16);
const people = fc.uniqueArray(person, { minLength: 1, maxLength: 5 });
const role = fc.constantFrom("admin" as const, "member" as const);
const label = fc.constantFrom("anna", "Jörg", "安娜", "a b", "x-1");
const decision = fc.oneof(
  people.map((targets) => ({ t: "remove" as const, targets })),
  fc.record({
    t: fc.constantFrom("owners" as const, "handover" as const),
    owners: people,
    quorum: fc.constant(5),
    heirs: fc.uniqueArray(person, { maxLength: 3 }),
  }),
);
const bodies: fc.Arbitrary<Body> = fc.oneof(
  fc.record({
    t: fc.constant("add" as const),
    role,
    targets: fc.array(fc.record({ person, label }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ t: fc.constant("remove" as const), targets: people }),
  fc.constant<Body>({ t: "leave" }),
  fc.constant<Body>({ t: "epoch" }),
  fc.record({
    t: fc.constant("invite" as const),
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    uses: fc.integer({ min: 1, max: INVITE_USES_MAX }),
    expiresAtMs: fc.maxSafeNat(),
    role,
  }),
  fc.record({
    t: fc.constant("join" as const),
    invite: hexOf(32),
    label,
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  }),
  fc.record({ t: fc.constant("revoke" as const), invite: hexOf(32) }),
  fc.record({ t: fc.constant("role" as const), person, role }),
  fc.record({
    t: fc.constant("name" as const),
    label: fc.constantFrom("printer", "nas-2", "x"),
    target: fc.option(
      fc.record({ t: fc.constantFrom("person" as const, "device" as const), id: person }),
      { nil: undefined },
    ),
  }),
  fc.record({
    t: fc.constant("policy" as const),
    key: fc.constant("folder" as const),
    value: label,
  }),
  fc.record({ t: fc.constant("vote" as const), base: hexOf(32), decision }).map((body) => {
    if (body.decision.t === "remove") return body;
    return { ...body, decision: { ...body.decision, quorum: body.decision.owners.length } };
  }),
);

const signed = (body: Body, deps: readonly string[] = [HASH], seq = 2): Uint8Array =>
  signOp(suite, device.key, { group: GROUP, seq, deps, proof: new Uint8Array(0), body }).bytes;

function codeOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return error instanceof TypedError ? error.code : String(error);
  }
  return "done";
}

describe("a signed operation", () => {
  test("is read as it was written, and no bit of it can be another", () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.integer({ min: 0, max: 7 }), (body, place, bit) => {
        const bytes = signed(body);
        const op = decodeOp(suite, bytes);
        expect(op).toMatchObject({ group: GROUP, author: device.keyHex, seq: 2, deps: [HASH] });
        expect(op.body).toEqual(body);
        expect(isSigned(suite, op)).toBe(true);
        const altered = bytes.slice();
        const at = place % bytes.length;
        altered[at] = (altered[at] ?? 0) ^ (1 << bit);
        try {
          expect(isSigned(suite, decodeOp(suite, altered))).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
        const cut = bytes.subarray(0, at);
        expect(codeOf(() => decodeOp(suite, cut))).not.toBe("done");
      }),
      { numRuns: 150 },
    );
  });

  test("keeps its limits, and one more is refused", () => {
    const ids = (count: number): string[] =>
      Array.from({ length: count }, (_, at) => at.toString(16).padStart(32, "0"));
    const add = (count: number, text = "a"): Body => ({
      t: "add",
      role: "member",
      targets: ids(count).map((one) => ({ person: one, label: text })),
    });
    const deps = (count: number): string[] => ids(count).map((one) => one + one);
    const owners = (count: number, heirs: number): Body => ({
      t: "vote",
      base: HASH,
      decision: { t: "owners", owners: ids(count), quorum: count, heirs: ids(heirs) },
    });
    const invite = (uses: number): Body => ({
      ...{ t: "invite", key: new Uint8Array(32), uses, expiresAtMs: 1, role: "member" },
    });
    const policy = (bytes: number): Body => ({
      t: "policy",
      key: "folder",
      value: "v".repeat(bytes),
    });
    const title = (bytes: number): Body => ({
      t: "policy",
      key: "title",
      value: "v".repeat(bytes),
    });
    const name = (bytes: number): Body => ({
      t: "name",
      label: "n".repeat(bytes),
      target: undefined,
    });
    const pairs: readonly (readonly [() => unknown, () => unknown])[] = [
      [() => signed(add(TARGETS_MAX)), () => signed(add(TARGETS_MAX + 1))],
      [
        () => signed({ t: "remove", targets: ids(TARGETS_MAX) }),
        () => signed({ t: "remove", targets: ids(TARGETS_MAX + 1) }),
      ],
      [() => signed(add(1, "é".repeat(LABEL_BYTES_MAX / 2))), () => signed(add(1, "a".repeat(33)))],
      [
        () => signed({ t: "leave" }, deps(DEPS_MAX)),
        () => signed({ t: "leave" }, deps(DEPS_MAX + 1)),
      ],
      [() => signed(owners(OWNERS_MAX, HEIRS_MAX)), () => signed(owners(OWNERS_MAX + 1, 0))],
      [() => signed(owners(1, HEIRS_MAX)), () => signed(owners(1, HEIRS_MAX + 1))],
      [() => signed(invite(INVITE_USES_MAX)), () => signed(invite(INVITE_USES_MAX + 1))],
      [() => signed(policy(POLICY_BYTES_MAX)), () => signed(policy(POLICY_BYTES_MAX + 1))],
      [() => signed(title(TITLE_BYTES_MAX)), () => signed(title(TITLE_BYTES_MAX + 1))],
      [() => signed(name(NAME_BYTES_MAX)), () => signed(name(NAME_BYTES_MAX + 1))],
      [
        () => signed({ t: "leave" }, [HASH], OPS_PER_DEVICE_MAX),
        () => signed({ t: "leave" }, [HASH], OPS_PER_DEVICE_MAX + 1),
      ],
    ];
    for (const [fits, isTooMuch] of pairs) {
      expect(codeOf(fits)).toBe("done");
      expect(codeOf(isTooMuch)).not.toBe("done");
    }
    // The largest operation that its parts allow fits into what one may have.
    expect(
      signed(add(TARGETS_MAX, "a".repeat(LABEL_BYTES_MAX)), deps(DEPS_MAX)).length,
    ).toBeLessThan(OP_BYTES_MAX);
    expect(codeOf(() => decodeOp(suite, new Uint8Array(OP_BYTES_MAX + 1)))).toBe("too-large");
  });

  test("labels and titles hide nothing, quorums are majorities", () => {
    const title = (value: string): string =>
      codeOf(() => signed({ t: "policy", key: "title", value }));
    expect(["Coop 7", "Gärtnerei", "co-op (north)"].map(title)).toEqual(["done", "done", "done"]);
    for (const text of ["", " a", "a\u202eb", "a\u200bb", "a\nb", "\u2066a"]) {
      expect(title(text)).not.toBe("done");
    }
    const [one, two, three] = ["a", "b", "c"].map((letter) => letter.repeat(32));
    const owners = [one, two, three].filter((each) => each !== undefined);
    const vote = (quorum: number): string =>
      codeOf(() =>
        signed({ t: "vote", base: HASH, decision: { t: "owners", owners, quorum, heirs: [] } }),
      );
    expect([1, 2, 3, 4].map(vote)).toEqual(["out-of-range", "done", "done", "out-of-range"]);
  });
});
