import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { toHex } from "../base/bytes.ts";
import { createReferenceSuite } from "../testing/reference-suite.ts";
import { deriveDevice, makeLocalIdentity } from "./device.ts";
import { derivePerson, verifyCertificate } from "./person.ts";

const suite = createNodeSuite();
const SEED = Uint8Array.from({ length: 32 }, (_, i) => i);
const ENTROPY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);

describe("derivation", () => {
  // Computed from the written rules with HKDF, SHA-256 and both curves of another library: a
  // change here gives every peer and person in the world another address.
  test.each([
    ["native", suite],
    ["reference", createReferenceSuite()],
  ])("is fixed for ever, %s", (_, suite) => {
    const { id, signKey, dhKey, person, certificate } = makeLocalIdentity(suite, SEED, ENTROPY);
    expect(id).toBe("fdd20f4d74709ac2f493f1ad67408a7e");
    expect(toHex(signKey.publicKey)).toBe(
      "bb779c4ebbdced5e835b94118455ea8a6d5169c1df478812803b83e8464467b2",
    );
    expect(toHex(dhKey.publicKey)).toBe(
      "9f1d99887a2a76ba33d286b5109cda66a77a1ce81105df147612d9ea9346a558",
    );
    expect(person.personId).toBe("05ee7fa86e806ddd6e84171d5839ac2a");
    expect(toHex(person.signKey.publicKey)).toBe(
      "10eefa624adf5e285cbcf8416c92f1bc50ba6b40009162585161dcc7f5c0feae",
    );
    expect(toHex(person.dhKey.publicKey)).toBe(
      "4a1ae713f3991cdeffcf4d68d843d8b2c098a75b3bd61b446171cc9292295041",
    );
    expect(toHex(certificate.signature)).toBe(
      "9b412dfb700a3eeec632330866cb8fa93561d5b8046a66f77e6a867de116e1ca" +
        "e35e74dab34e79e992d1ed02a81434821a5406d7bdb3e113a0f79156be83510d",
    );
  });

  test("the same seed for device and person gives unrelated keys", () => {
    const device = deriveDevice(suite, SEED);
    const person = derivePerson(suite, SEED);
    expect(person.signKey.publicKey).not.toEqual(device.signKey.publicKey);
    expect(person.dhKey.publicKey).not.toEqual(device.dhKey.publicKey);
  });

  test.each([0, 16, 31, 33])("a seed of %d bytes is refused", (length) => {
    const seed = new Uint8Array(length);
    const refused = expect.objectContaining({ name: "IdentityError", code: "bad-seed" });
    expect(() => deriveDevice(suite, seed)).toThrow(refused);
    expect(() => derivePerson(suite, seed)).toThrow(refused);
  });
});

describe("certificate", () => {
  const { signKey, certificate } = makeLocalIdentity(suite, SEED, ENTROPY);
  const other = makeLocalIdentity(suite, ENTROPY, SEED);

  test("holds for its device only", () => {
    expect(verifyCertificate(suite, certificate, signKey.publicKey)).toBe(true);
    expect(verifyCertificate(suite, certificate, other.signKey.publicKey)).toBe(false);
  });

  test.each([
    ["person id", { personId: other.certificate.personId }],
    ["sign key", { signKey: other.certificate.signKey }],
    ["sealing key", { dhKey: other.certificate.dhKey }],
    ["signature", { signature: other.certificate.signature }],
  ])("fails with another %s", (_, change) => {
    const forged = { ...certificate, ...change };
    expect(verifyCertificate(suite, forged, signKey.publicKey)).toBe(false);
  });
});
