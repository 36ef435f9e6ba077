import type { AddingBody, DevicesBody, RecoveryBody } from "../../src/api/contract-devices.ts";
import type { GroupBody, GroupsBody } from "../../src/api/contract-groups.ts";
import { ApiError } from "../../src/api/errors.ts";
import { type Route, route } from "../../src/api/route.ts";
import { addressOf, HOSTILE, idOf } from "./fake-data.ts";
import { NOW_MS } from "./fake-time.ts";

/** What the fake peer answers about its person. */
export interface FakePerson {
  devices: DevicesBody;
  adding: AddingBody;
  recovery: RecoveryBody;
  groups: GroupsBody;
}

/** A person with two devices and a group, all of whose foreign names would like to be more. */
export function fakePerson(): FakePerson {
  const device = { state: "standing", vouchedBy: [], isForked: false, addedAtMs: NOW_MS } as const;
  return {
    devices: {
      contact: "",
      holdsWords: true,
      devices: [
        {
          ...device,
          ...{ peerId: idOf(0), address: addressOf(0), name: "Lena's laptop", origin: "first" },
          ...{ addedBy: "", isSelf: true, reachable: false, mayRevoke: true },
        },
        {
          ...device,
          ...{ peerId: idOf(90), address: addressOf(90), name: HOSTILE.image, origin: "paired" },
          ...{ addedBy: "Lena's laptop", isSelf: false, reachable: true, mayRevoke: true },
        },
      ],
      news: [],
    },
    adding: { state: "closed", name: "", reason: "", reasonCode: null, link: "", expiresAtMs: 0 },
    recovery: {
      ...{
        holdsWords: true,
        isConfirmed: true,
        asks: [3, 9, 20],
        need: 0,
        friends: [],
        isRestored: false,
      },
      keptFor: [],
      approval: { state: "none", reason: "", reasonCode: null, have: 0, need: 0 },
    },
    groups: { groups: [fakeGroup()], offers: [] },
  };
}

function fakeGroup(): GroupBody {
  const member = { isLive: true, addedBy: "Lena", label: "", pictureAtMs: null };
  return {
    ...{ id: "0a".repeat(16), label: "Choir", title: HOSTILE.script, state: "in", quorum: 1 },
    members: [
      { ...member, person: "01".repeat(16), name: "Lena", role: "owner", isYou: true },
      { ...member, person: "02".repeat(16), name: HOSTILE.bidi, role: "member", isYou: false },
    ],
    ...{ owners: ["Lena"], heirs: [], proposals: [], names: [], orphans: [], forked: [] },
    invites: [],
    ...{
      epoch: null,
      network: "fc12::/64",
      address: "fc12::1",
      ops: 3,
      opsBelieved: 0,
      partners: [],
      refusals: 0,
      hasFolder: false,
      folder: null,
    },
  };
}

/** The calls about the person of a fake peer. */
export function personRoutes(person: FakePerson): readonly Route[] {
  const view = (path: string, answers: string, json: () => unknown): Route =>
    route({
      ...{ method: "GET", path, summary: answers, answers },
      handle: () => ({ status: 200, json: json() }),
    });
  return [
    view("/v1/devices", "DevicesBody", () => person.devices),
    view("/v1/devices/adding", "AddingBody", () => person.adding),
    view("/v1/recovery", "RecoveryBody", () => person.recovery),
    view("/v1/groups", "GroupsBody", () => person.groups),
    route({
      method: "POST",
      path: "/v1/recovery/words",
      summary: "Words",
      answers: "RecoveryWordsBody",
      handle: () => {
        throw new ApiError("forbidden", "Confirmed.");
      },
    }),
  ];
}
