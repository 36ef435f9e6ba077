import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { Contacts } from "../contacts/index.ts";
import type { Groups } from "../groups/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type PeerId,
  type PeerRecord,
  type PersonId,
} from "../identity/index.ts";
import { isRevoked } from "../money/options.ts";
import type { RoutingPort } from "../routing/index.ts";
import { testIdentity } from "../testing/fixtures.ts";
import { communityPeopleOf, moneyPeopleOf } from "./money-ports.ts";

const suite = createNodeSuite();

function recordOf(name: string): PeerRecord {
  const identity = testIdentity(suite, name);
  return decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 }));
}

function people(reachable: readonly PeerRecord[], revoked: readonly PeerRecord[]) {
  const routing = {
    record: (id: PeerId) => reachable.find((record) => record.id === id),
    routes: () => reachable.map((record) => ({ record })),
  } as unknown as Pick<RoutingPort, "record" | "routes">;
  const isRevoked = (device: PeerId, person: PersonId): boolean =>
    revoked.some((record) => record.id === device && record.person.personId === person);
  const guard = {
    isRevoked,
    stands: ({ id, person }: PeerRecord) => !isRevoked(id, person.personId),
  };
  const groups = { roster: { all: () => [], get: () => undefined } } as unknown as Groups;
  return {
    lines: moneyPeopleOf({} as Contacts, routing, guard),
    commons: communityPeopleOf(testIdentity(suite, "own"), groups, routing, guard),
  };
}

test("what a device signed that was revoked counts no longer, whether it is in reach or not", () => {
  const [phone, laptop] = [recordOf("phone"), recordOf("laptop")];
  for (const reachable of [[], [phone, laptop]]) {
    const { lines, commons } = people(reachable, [phone]);
    for (const { id, person } of [phone, laptop]) {
      expect(isRevoked(lines, id, person.personId)).toBe(id === phone.id);
      expect(commons.stands(id, person.personId)).toBe(id === laptop.id);
    }
  }
});

test("nobody is named a steward with a device that was revoked", () => {
  const phone = recordOf("phone");
  const { personId } = phone.person;
  expect(people([phone], []).commons.seatOf(personId)?.key).toEqual(phone.signKey);
  expect(people([phone], [phone]).commons.seatOf(personId)).toBeUndefined();
});
