import { describe, expect, test } from "vitest";
import {
  deriveDevice,
  makeAddedIdentity,
  makeLocalIdentity,
  vouchForDevice,
} from "../../identity/index.ts";
import { createNodeSuite } from "./crypto.ts";
import { areOneDevice, identityText, parseIdentity, type StoredIdentity } from "./home-identity.ts";
import { localIdentityOf, personConfigOf } from "./stored-identity.ts";

const suite = createNodeSuite();
const [deviceSeed, personEntropy] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const laptop = makeLocalIdentity(suite, new Uint8Array(32).fill(3), personEntropy);
const { personId: _, ...membership } = vouchForDevice(
  laptop,
  deriveDevice(suite, deviceSeed).signKey.publicKey,
);
const member: StoredIdentity = { deviceSeed, membership, name: "Phone" };
const first: StoredIdentity = { deviceSeed, personEntropy, name: "Laptop" };

describe("identity.json", () => {
  test.each<[string, StoredIdentity]>([
    ["of a first device", first],
    ["of a new person", { ...first, wordsShown: false }],
    ["of a person who knows the words", { ...first, wordsConfirmed: true }],
    ["of a device that was added", member],
    ["of a person back by words", { ...first, broughtBack: { how: "words" } }],
    [
      "of a person back by friends",
      { ...first, broughtBack: { how: "friends", vouchers: [new Uint8Array(8).fill(9)] } },
    ],
  ])("%s comes back", (_name, identity) => {
    expect(parseIdentity(identityText(identity), "x")).toEqual(identity);
  });

  test("of a first device is as earlier versions wrote it", () => {
    expect(identityText({ ...first, wordsShown: false })).toBe(
      `{"deviceSeed":"${"01".repeat(32)}","personEntropy":"${"02".repeat(32)}","name":"Laptop","wordsShown":false}\n`,
    );
  });

  test("holds no secret of the person on a device that was added", () => {
    const identity = localIdentityOf(suite, member);
    const seed = new Uint8Array(deviceSeed);
    const { personId } = laptop.person;
    expect(identity).toMatchObject({
      person: { personId, root: undefined },
      id: makeAddedIdentity(suite, seed, { ...membership, personId }).id,
    });
    expect(identityText(member)).not.toContain("02".repeat(32));
    expect(personConfigOf(member)).toEqual({
      origin: { origin: "first", vouchers: [] },
      secrets: { entropy: undefined },
    });
  });

  test("that is damaged in any member of it is refused, and of somebody else told apart", () => {
    const text = identityText(member);
    const found = JSON.parse(text) as { member: Record<string, unknown> };
    const damaged = [
      {},
      { ...found, member: undefined },
      { ...found, deviceSeed: "01" },
      { ...found, personEntropy: "02".repeat(32) },
      ...Object.keys(found.member).map((name) => ({
        ...found,
        member: { ...found.member, [name]: "00" },
      })),
      { ...found, member: { ...found.member, via: [1] } },
      { ...found, member: { ...found.member, via: Array(3).fill("00".repeat(96)) } },
    ];
    const refused = expect.objectContaining({ code: "bad-identity" });
    for (const one of damaged) {
      expect(() => parseIdentity(JSON.stringify(one), "x")).toThrow(refused);
    }
    const wrong = { ...member, membership: { ...membership, signature: new Uint8Array(64) } };
    expect(() => localIdentityOf(suite, wrong)).toThrow(
      expect.objectContaining({ code: "bad-certificate" }),
    );
    const others = { ...membership, signKey: new Uint8Array(32) };
    expect(areOneDevice(member, { ...member, name: "Other" })).toBe(true);
    expect(areOneDevice(member, { ...member, membership: others })).toBe(false);
    expect(areOneDevice(first, { ...first, personEntropy: deviceSeed })).toBe(false);
    expect(areOneDevice(first, { ...first, deviceSeed: personEntropy })).toBe(false);
  });
});
