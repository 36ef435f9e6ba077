import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { deriveDevice, makeLocalIdentity } from "../../identity/index.ts";
import { DiskError, type RecordStore, SILENT_LOG } from "../../ports/index.ts";
import { ManualClock } from "../../testing/index.ts";
import { DeviceBook } from "../book.ts";
import { PAIRING_GRACE_MS } from "../limits.ts";
import { Admitting } from "./admissions.ts";

const suite = createNodeSuite();

test("a device that never showed itself is taken out also where the disk was full when its time was up", () => {
  const identity = makeLocalIdentity(suite, new Uint8Array(32), new Uint8Array(32).fill(1));
  const phone = deriveDevice(suite, new Uint8Array(32).fill(2));
  const clock = new ManualClock();
  let isFull = false;
  const records: RecordStore = {
    write: (_, done) => done(isFull ? new DiskError("full", "There is no room.") : null),
    scan: (_, done) => done(null, []),
  };
  const book = new DeviceBook({ suite, clock, records, log: SILENT_LOG, onChanged: () => {} });
  const admitting = new Admitting({ identity, suite, clock, records, book, copies: () => [] });
  const stateOfPhone = (): string | undefined =>
    book.log(identity.person.personId, identity.certificate.signKey).devices.get(phone.id)?.state;
  admitting.admit(phone.signKey.publicKey, "phone", (error) => expect(error).toBeNull());
  admitting.awaitSign(phone.id);
  isFull = true;
  clock.advance(PAIRING_GRACE_MS);
  admitting.tick();
  expect(stateOfPhone()).toBe("standing");
  isFull = false;
  expect(admitting.nextDeadlineMs()).toBe(clock.monotonicMs() + PAIRING_GRACE_MS);
  clock.advance(PAIRING_GRACE_MS);
  admitting.tick();
  expect(stateOfPhone()).toBe("revoked");
  expect(admitting.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
});
