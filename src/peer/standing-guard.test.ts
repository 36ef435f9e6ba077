import { describe, expect, test } from "vitest";
import { Household } from "../../test/support/household.ts";
import { DevicesError } from "../devices/index.ts";
import type { SimPeer } from "../simulation/sim-peer.ts";
import { Peer } from "./index.ts";
import { type Doors, SPEAKING_DOORS } from "./standing-guard.ts";

type AnyDoors = Omit<Doors<object>, "acts" | "parts"> & {
  readonly acts: readonly string[];
  readonly parts?: Readonly<Record<string, AnyDoors>>;
};

/** What a room is asked by others, not by its person. */
const INNER =
  /^(load|tick|nextDeadlineMs|peerReachable|peerUnreachable|deviceSeen|\w+Changed|\w+Added|\w+Revoked|on[A-Z]\w+|begin|listen)$/;

/** Methods that say nothing to others: they look, or change what is kept here. */
const SILENT: Readonly<Record<string, readonly string[]>> = {
  contacts: [
    ...["all", "freeName", "lookingLike", "byPerson", "byDevice", "resolve"],
    ...["edit", "rename", "forAnotherDevice", "takeFromOwn", "checkPetname"],
  ],
  strangers: [
    ...[
      "requests",
      "sent",
      "knocked",
      "standing",
      "underWay",
      "isStrained",
      "isTainted",
      "mayPassOn",
    ],
    ...["refusalOf", "isPending", "setSettings", "settleKnown", "questionFor", "answered"],
    ...["unreachable", "asked", "forget", "trayWord", "setElsewhere", "takeFromOwn"],
  ],
  tray: ["requests", "waiting", "questionFor", "answered", "asked"],
  pictures: ["head", "read", "questionFor", "answered", "asked"],
  messages: [
    ...["list", "find", "markRead", "unreadCount", "waitingCount", "set", "handle", "packet"],
    ...["isSafe", "holding", "why", "carryOut", "carryIn"],
  ],
  "messages.chats": ["list", "markRead", "unreadCount", "info"],
  "messages.history": ["given", "pump", "pumpTo", "settled", "forward", "forget"],
  folders: [
    ...["list", "info", "idOfLink", "tree", "folderTree", "links", "history", "conflicts"],
    "forget",
  ],
  groups: [
    ...["list", "info", "offers", "endpoints", "find", "link", "relabel", "endAuto", "forget"],
    "hintsOf",
  ],
  groupActs: [],
  groupFolders: [],
  money: ["lineWith", "findLine", "findCurrency", "statement", "forkProof", "words"],
  // Parts of payments that pass through are not of the person who owns this device.
  "money.lines": [
    ...[
      "entries",
      "line",
      "entry",
      "lines",
      "locksIn",
      "locksOut",
      "prepare",
      "fulfil",
      "cancel",
      "tell",
      "isInReach",
    ],
    ...["together", "mailDesk"],
  ],
  "money.payments": [
    ...["withdraw", "currencyAsked", "isAskedFor", "invoices", "invoice", "costs", "giveUp"],
    ...["payments", "payment", "receipts", "receiptPage", "receipt", "takeReceipt", "memoOf"],
    "forgetReceipts",
  ],
  "money.payments.rates": ["quote", "remove", "withdraw", "own", "offers", "exchange"],
  "money.ways": ["hide"],
  communityDesk: [],
};

/** What of a peer is not guarded as a room, and why. */
const UNGUARDED: Readonly<Record<string, string>> = {
  running: "a state",
  suite: "cryptography",
  link: "no person is in it",
  routing: "no person is in it",
  session: "rooms of people get guarded sessions",
  pinger: "asks devices, not people",
  survey: "asks devices, not people",
  store: "objects are of nobody",
  gateway: "its sessions are guarded, and connections are refused in words",
  devices: "asks its own log first",
  care: "verifying, blocking and deleting concern what is kept here",
  communities: "people use the desk",
};

function methodsOf(room: object): readonly string[] {
  const found = new Set<string>();
  let proto: object | null = Reflect.getPrototypeOf(room);
  while (proto !== null && proto !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(proto))) {
      if (typeof value === "function" && name !== "constructor") found.add(name);
    }
    proto = Reflect.getPrototypeOf(proto);
  }
  return [...found];
}

/** All rooms with doors of a peer, by the way to them. */
function roomsOf(
  peer: object,
  doors = SPEAKING_DOORS as Readonly<Record<string, AnyDoors>>,
  at = "",
) {
  const found: { readonly at: string; readonly room: object; readonly doors: AnyDoors }[] = [];
  for (const [name, one] of Object.entries(doors)) {
    const room: unknown = Reflect.get(peer, name);
    if (typeof room !== "object" || room === null) throw new RangeError(`no room ${at}${name}`);
    found.push({ at: `${at}${name}`, room, doors: one });
    found.push(...roomsOf(room, one.parts ?? {}, `${at}${name}.`));
  }
  return found;
}

/** How a call was refused: by its callback or by throwing. */
function refusalOf(call: (done: (error: unknown) => void) => unknown): string {
  let refusal: unknown;
  try {
    call((error) => {
      refusal = error;
    });
  } catch (error) {
    refusal = error;
  }
  return refusal instanceof DevicesError ? refusal.code : `not refused: ${String(refusal)}`;
}

function asDevices(error: unknown): DevicesError | null {
  return error instanceof DevicesError ? error : null;
}

function inviteOf(home: Household, peer: SimPeer): string {
  let link = "";
  peer.act((live) =>
    live.createInvite([], (_, invite) => {
      link = invite?.link ?? "";
    }),
  );
  home.until(() => link !== "");
  return link;
}

/** A laptop, and a phone of the same person that it has revoked. */
function revoked(): {
  readonly home: Household;
  readonly laptop: SimPeer;
  readonly phone: SimPeer;
} {
  const home = new Household(81);
  const laptop = home.first("anna", "laptop");
  const phone = home.pair(laptop, "phone");
  laptop.act(({ devices }) => devices.revoke("phone", () => undefined));
  home.until(() => phone.act(({ devices }) => devices.isOut) === true);
  return { home, laptop, phone };
}

describe("a device that was revoked", () => {
  test("says nothing more, in whatever way its person tries", () => {
    const { home, laptop, phone } = revoked();
    const invite = inviteOf(home, home.first("ben", "ben's"));
    phone.act((peer) => {
      const ways = roomsOf(peer).flatMap(({ at, room, doors }) =>
        doors.acts.map((act) => ({ way: `${at}.${act}`, room, act })),
      );
      expect(ways.length).toBeGreaterThan(50);
      const answers = ways.map(({ way, room, act }) => {
        const call: unknown = Reflect.get(room, act);
        if (typeof call !== "function") throw new RangeError(way);
        return [way, refusalOf((done) => Reflect.apply(call, room, ["a", "b", done]))];
      });
      expect(answers).toEqual(ways.map(({ way }) => [way, "revoked"]));
    });
    const own = [
      home.outcome(phone, (peer, done) => peer.createInvite([], (error) => done(asDevices(error)))),
      home.outcome(phone, (peer, done) =>
        peer.addContact(invite, undefined, (error) => done(asDevices(error))),
      ),
    ];
    expect(own).toEqual(["revoked", "revoked"]);
    const { personId } = laptop.identity.person;
    // What was said before can still be read there.
    expect(phone.act(({ messages }) => messages.unreadCount(personId))).toBe(0);
    expect(home.outcome(laptop, (peer, done) => peer.createInvite([], () => done(null)))).toBe(
      "none",
    );
  });

  test("changes no folder, however it was filled before", () => {
    const home = new Household(84);
    const laptop = home.first("anna", "laptop");
    const phone = home.pair(laptop, "phone");
    let id = "";
    phone.act(({ folders }) =>
      folders.create("photos", (_, folder) => {
        id = folder?.id ?? "";
      }),
    );
    home.until(() => id !== "");
    const makes = (name: string): string => {
      let answer = "";
      phone.act(({ folders }) =>
        folders.tree(id).makeFolder(name, (error) => {
          answer = error === null ? "made" : `${error.code}: ${error.message}`;
        }),
      );
      home.until(() => answer !== "");
      return answer;
    };
    expect(makes("one")).toBe("made");
    laptop.act(({ devices }) => devices.revoke("phone", () => undefined));
    home.until(() => phone.act(({ devices }) => devices.isOut) === true);
    expect(makes("two")).toMatch(/^read-only: .* was revoked/);
    expect(phone.act(({ folders }) => folders.info(id).mayWrite)).toBe(false);
  });

  test("every method of these rooms is either one of those or says nothing to others", () => {
    const home = new Household(82);
    const laptop = home.first("anna", "laptop");
    laptop.act((peer) => {
      for (const { at, room, doors } of roomsOf(peer)) {
        const known = [...doors.acts, ...(SILENT[at] ?? [])].toSorted();
        const acts = new Set(doors.acts);
        const all = methodsOf(room).filter((name) => acts.has(name) || !INNER.test(name));
        expect([at, all.toSorted()]).toEqual([at, known]);
      }
    });
  });

  test("every room of a peer is guarded, or there is a reason", () => {
    const getters = Object.entries(Object.getOwnPropertyDescriptors(Peer.prototype))
      .filter(([, { get }]) => get !== undefined)
      .map(([name]) => name);
    const known = [...Object.keys(SPEAKING_DOORS), ...Object.keys(UNGUARDED)];
    expect(getters.toSorted()).toEqual(known.toSorted());
  });
});

test("a device that stands gets through, and its rooms are what they were", () => {
  const home = new Household(83);
  const laptop = home.first("anna", "laptop");
  const ben = home.first("ben", "ben's");
  home.introduce(laptop, ben);
  laptop.act((peer) => {
    expect(peer.messages).toBe(peer.messages);
    peer.messages.history.isForAdded = false;
    expect(peer.messages.history.isForAdded).toBe(false);
  });
  const { personId } = ben.identity.person;
  const said = home.outcome(laptop, ({ messages }, done) =>
    messages.send(personId, "hello", (error) => {
      expect(error).toBeNull();
      done(null);
    }),
  );
  expect(said).toBe("none");
});
