import type { FakePeer } from "./fake-api.ts";
import { groupMessage } from "./fake-chats.ts";
import { idOf, objectOf } from "./fake-data.ts";
import { HOSTILE_STRINGS } from "./hostile-strings.ts";

/** Gives every text that comes from others to the peer, wherever others have a say. */
export function poison({ world, person, chats }: FakePeer): void {
  const at = (index: number): string => HOSTILE_STRINGS[index % HOSTILE_STRINGS.length] ?? "";
  const some = HOSTILE_STRINGS;
  world.status = { ...world.status, name: at(0) };
  world.map = {
    ...world.map,
    peers: some.map((name, index) => ({ peerId: idOf(index), name, hops: 1, contact: null })),
  };
  world.contacts = some.map((petname, index) => ({
    ...{ personId: idOf(1000 + index), petname, state: "met", reachable: true, hops: 1 },
    ...{ unreadCount: 0, addedAtMs: 0, howMet: petname, verified: false, blocked: false },
  }));
  world.messages = some.map((text, index) => ({
    ...{ id: `hostile-${String(index).padStart(4, "0")}`, contact: text, personId: idOf(1000) },
    ...{ direction: "in", text, sentAtMs: index, state: "read", deliveredAtMs: null, kind: "file" },
    file: { link: text, name: text, sizeBytes: 1, mediaType: text },
  }));
  chats.messages = some.map((text, index) =>
    groupMessage(`hostile-${String(index).padStart(4, "0")}`, {
      ...{ author: text, authorId: idOf(index), text, group: text, state: "read", kind: "file" },
      file: { link: text, name: text, sizeBytes: 1, mediaType: text },
      ...(index % 9 === 0 ? { direction: "out", deliveredTo: some, memberCount: 200 } : {}),
    }),
  );
  chats.withoutKeys = [...some];
  chats.forked = [...some];
  world.objects = some.map((name, index) => objectOf(index, name, 40, 6));
  world.requests = {
    ...world.requests,
    requests: some.map((text, index) => ({
      ...{ id: idOf(index), personId: idOf(index), provenance: text, text, atMs: 0, endsAtMs: 0 },
      ...{ looksLike: text, suggestedName: text },
    })),
  };
  const [first] = person.groups.groups;
  const [member] = first?.members ?? [];
  if (first !== undefined && member !== undefined) {
    const members = some.map((name, index) => ({
      ...{ ...member, person: idOf(index), name, label: name, addedBy: name, isYou: index === 0 },
      role: index === 0 ? ("owner" as const) : ("member" as const),
    }));
    person.groups = {
      groups: [{ ...first, members, forked: some }],
      offers: some.map((title, index) => ({ group: idOf(index), title, by: title, link: title })),
    };
  }
  const [device] = person.devices.devices;
  if (device !== undefined) {
    const devices = some.map((name, index) => ({
      ...{ ...device, peerId: idOf(index), name, addedBy: name, vouchedBy: [name] },
    }));
    person.devices = { ...person.devices, devices };
  }
}
