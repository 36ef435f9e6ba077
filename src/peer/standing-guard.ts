import type { TypedError } from "../base/errors.ts";
import type { Contacts, Pictures, StrangersDoor, TrayExchange } from "../contacts/index.ts";
import { DevicesError } from "../devices/index.ts";
import type { Folders } from "../folders/index.ts";
import type { GroupActs, Groups } from "../groups/index.ts";
import type { Messages } from "../messages/index.ts";
import type { community, Money } from "../money/index.ts";
import type { GroupFolders } from "./group-folders.ts";

/** Names of the methods of a room. */
type MethodOf<R> = {
  [K in keyof R & string]: R[K] extends (...args: never[]) => unknown ? K : never;
}[keyof R & string];

/** By which of its methods a person says something to others; `parts` are rooms within it. */
export interface Doors<R> {
  readonly acts: readonly MethodOf<R>[];
  readonly parts?: { readonly [K in keyof R & string]?: Doors<R[K]> };
}

/** Rooms in which a person says something. */
export interface SpeakingRooms {
  readonly contacts: Contacts;
  readonly strangers: StrangersDoor;
  readonly tray: TrayExchange;
  readonly pictures: Pictures;
  readonly messages: Messages;
  readonly folders: Folders;
  readonly groups: Groups;
  readonly groupActs: GroupActs;
  readonly groupFolders: GroupFolders;
  readonly money: Money;
  readonly communityDesk: community.CommunityDesk;
}

/**
 * Every way by which a person says something to others. A test knows all methods of these rooms:
 * one that is new has to be decided there.
 */
export const SPEAKING_DOORS: { readonly [K in keyof SpeakingRooms]: Doors<SpeakingRooms[K]> } = {
  contacts: { acts: ["createInvite", "acceptInvite", "acceptIntroduced"] },
  strangers: { acts: ["introduce", "ask", "askFor", "knock", "answer"] },
  tray: { acts: ["answer"] },
  pictures: { acts: ["set"] },
  messages: {
    acts: ["send", "sendLetter"],
    parts: { chats: { acts: ["send"] }, history: { acts: ["give"] } },
  },
  folders: { acts: ["create", "join", "restore"] },
  groups: { acts: ["create", "join", "say"] },
  groupActs: {
    acts: [
      ...(["invite", "revoke", "add", "remove", "role", "leave", "name", "retitle"] as const),
      ...(["shareFolder", "renewEpoch", "proposeOwners", "proposeRemoval"] as const),
      ...(["agree", "takeOver"] as const),
    ],
  },
  groupFolders: { acts: ["share"] },
  money: {
    acts: ["issue", "pay", "request"],
    parts: {
      lines: { acts: ["pay", "begin", "limit", "rate", "close", "takeOver", "askAccount"] },
      payments: { acts: ["request", "pay"], parts: { rates: { acts: ["set"] } } },
      ways: { acts: ["pay"] },
    },
  },
  communityDesk: {
    acts: [
      ...(["found", "changeRules", "proposeAct", "sign", "admit", "join", "takeOver"] as const),
      ...(["pay", "list", "unlist"] as const),
    ],
  },
};

type Call = (...args: unknown[]) => unknown;

const isCall = (value: unknown): value is Call => typeof value === "function";

/**
 * A room as programs and the API see it: what a person says by it is refused while `check` throws.
 * The refusal goes to the callback that ends the call; a call without one throws it.
 * @param check throws DevicesError where this device no longer stands
 */
export function guardDoors<R extends object>(room: R, doors: Doors<R>, check: () => void): R {
  const acts: ReadonlySet<PropertyKey> = new Set(doors.acts);
  const parts = new Map<PropertyKey, Doors<object>>(Object.entries(doors.parts ?? {}));
  const made = new WeakMap<object, unknown>();
  const seen = (key: PropertyKey, value: unknown): unknown => {
    const part = parts.get(key);
    // Rooms keep their state in private fields, which only they themselves have.
    if (isCall(value)) return acts.has(key) ? guarded(value, room, check) : value.bind(room);
    if (part === undefined || typeof value !== "object" || value === null) return value;
    return guardDoors(value, part, check);
  };
  return new Proxy(room, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if ((typeof value !== "object" || value === null) && !isCall(value)) return value;
      if (!made.has(value)) made.set(value, seen(key, value));
      return made.get(value);
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

function guarded(act: Call, room: object, check: () => void): Call {
  return (...args) => {
    const refusal = refusalOf(check);
    if (refusal === undefined) return act.apply(room, args);
    const done = args.findLast(isCall);
    if (done === undefined) throw refusal;
    return done(refusal, undefined);
  };
}

function refusalOf(check: () => void): TypedError | undefined {
  try {
    check();
  } catch (error) {
    if (!(error instanceof DevicesError)) throw error;
    return error;
  }
  return undefined;
}

/** Rooms in which a person says something, which a device that was revoked no longer does. */
export function guardSpeaking(rooms: SpeakingRooms, check: () => void): SpeakingRooms {
  const doors = SPEAKING_DOORS;
  return {
    contacts: guardDoors(rooms.contacts, doors.contacts, check),
    strangers: guardDoors(rooms.strangers, doors.strangers, check),
    tray: guardDoors(rooms.tray, doors.tray, check),
    pictures: guardDoors(rooms.pictures, doors.pictures, check),
    messages: guardDoors(rooms.messages, doors.messages, check),
    folders: guardDoors(rooms.folders, doors.folders, check),
    groups: guardDoors(rooms.groups, doors.groups, check),
    groupActs: guardDoors(rooms.groupActs, doors.groupActs, check),
    groupFolders: guardDoors(rooms.groupFolders, doors.groupFolders, check),
    money: guardDoors(rooms.money, doors.money, check),
    communityDesk: guardDoors(rooms.communityDesk, doors.communityDesk, check),
  };
}
