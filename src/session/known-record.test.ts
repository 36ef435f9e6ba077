import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerRecord,
} from "../identity/index.ts";
import { testIdentity, testRandom } from "../testing/fixtures.ts";
import { acceptHello, BOOT_ID_BYTES, Initiation } from "./handshake.ts";

const suite = createNodeSuite();

test("the signatures of a stranger are looked at, those of a record known already are not", () => {
  const [alice, bob] = [testIdentity(suite, "alice"), testIdentity(suite, "bob")];
  const recordOf = (identity: LocalIdentity) =>
    decodePeerRecord(suite, encodePeerRecord(identity, { name: "", seqno: 1 }));
  const [from, to] = [recordOf(alice), recordOf(bob)];
  let verified = 0;
  const counting: CryptoSuite = {
    sha256: (...parts) => suite.sha256(...parts),
    hmacSha256: (key, ...parts) => suite.hmacSha256(key, ...parts),
    signingKey: (seed) => suite.signingKey(seed),
    dhKey: (secret) => suite.dhKey(secret),
    aead: (name, key) => suite.aead(name, key),
    verify(...all) {
      verified++;
      return suite.verify(...all);
    },
  };
  const selfOf = (identity: LocalIdentity, known: PeerRecord | undefined) => ({
    ...{ suite: counting, identity, random: testRandom(identity.id) },
    ...{ bootId: new Uint8Array(BOOT_ID_BYTES), record: recordOf(identity).bytes },
    known: (id: string) => (id === known?.id ? known : undefined),
  });
  const hello = must(new Initiation(selfOf(alice, undefined), to, 1, 0).nextHello(0), "a message");
  expect(acceptHello(selfOf(bob, undefined), hello.subarray(1), 2)?.result.peer).toEqual(from);
  expect(verified).toBe(2);
  expect(acceptHello(selfOf(bob, from), hello.subarray(1), 3)?.result.peer).toBe(from);
  expect(verified).toBe(2);
});
