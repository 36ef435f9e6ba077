import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { addedBy } from "./added.fixture.ts";
import { PROOF_BYTES, PROOF_BYTES_MAX, personOfProof, proofOf } from "./proof.ts";
import { devicesBehind, signForPerson } from "./word.ts";

const suite = createNodeSuite();
const laptop = testIdentity(suite, "anna");
const bert = testIdentity(suite, "bert");

const phone = addedBy(suite, laptop, "phone");
const watch = addedBy(suite, phone, "watch");
const ring = addedBy(suite, watch, "ring");

test("a proof shows for whom a device acts, whoever vouched for it, and of no other device", () => {
  for (const device of [laptop, phone, watch, ring]) {
    const proof = proofOf(device.certificate);
    const { personId } = laptop.person;
    expect(personOfProof(suite, device.signKey.publicKey, proof)).toBe(personId);
    expect(personOfProof(suite, bert.signKey.publicKey, proof)).toBeUndefined();
  }
  const longest = proofOf(ring.certificate);
  expect([proofOf(phone.certificate).length, longest.length]).toEqual([
    PROOF_BYTES,
    PROOF_BYTES_MAX,
  ]);
});

test("a proof that is cut, has more, or of which any byte is another proves nothing", () => {
  const proof = proofOf(ring.certificate);
  const key = ring.signKey.publicKey;
  const between = PROOF_BYTES_MAX - PROOF_BYTES;
  const lengths = [0, PROOF_BYTES - 1, PROOF_BYTES, PROOF_BYTES + 1, PROOF_BYTES_MAX - 1];
  for (const length of lengths) {
    expect(personOfProof(suite, key, proof.subarray(0, length))).toBeUndefined();
  }
  const more = concatBytes(proof, proof.subarray(PROOF_BYTES, PROOF_BYTES + between / 2));
  expect(personOfProof(suite, key, more)).toBeUndefined();
  for (let at = 0; at < proof.length; at += 7) {
    const other = proof.slice();
    other[at] = (other[at] ?? 0) ^ 1;
    expect(personOfProof(suite, key, other)).toBeUndefined();
  }
});

test("a word of the person's own key stands alone; of another content, key or shape it is none", () => {
  const content = utf8("so be it");
  const word = signForPerson(laptop, content);
  expect(devicesBehind(suite, laptop.certificate, content, word)).toEqual([]);
  expect(devicesBehind(suite, laptop.certificate, utf8("so be"), word)).toBeUndefined();
  expect(devicesBehind(suite, bert.certificate, content, word)).toBeUndefined();
  const spoken = signForPerson(watch, content);
  expect(devicesBehind(suite, laptop.certificate, content, spoken)).toHaveLength(2);
  for (const bad of [spoken.subarray(1), spoken.subarray(0, 40), Uint8Array.of(0xff), utf8("x")]) {
    expect(devicesBehind(suite, laptop.certificate, content, bad)).toBeUndefined();
  }
});
