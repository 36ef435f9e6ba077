import { concatBytes, toHex } from "../base/bytes.ts";
import type { TypedError } from "../base/errors.ts";
import type { Contacts } from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { FolderObjects, FoldersOptions, ObjectTrouble } from "../folders/index.ts";
import { type LocalIdentity, peerIdOf } from "../identity/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import { formatObjectLink, parseObjectLink, type Store } from "../store/index.ts";
import { isMet } from "./correspondents.ts";
import type { Guard } from "./guarded-sessions.ts";

const KEY_BYTES = 32;

/** The store as folders see it. */
export function folderObjectsOf(store: Store): FolderObjects {
  return {
    troubleOf,
    put: (name, events, contentSeed) =>
      store.beginPut(contentSeed === undefined ? { name } : { name, contentSeed }, {
        onDrain: () => events.onDrain(),
        onDone: (link) => {
          const { readKey, root } = parseObjectLink(link);
          events.onDone(concatBytes(readKey, root));
        },
        onError: (error) => events.onError(troubleOf(error), error),
      }),
    keeps: (link) => {
      const object = store.object(toHex(link.subarray(KEY_BYTES)));
      return object !== undefined && object.health.alive >= object.k;
    },
    get: (link, from, to, events) => {
      const [readKey, root] = [link.subarray(0, KEY_BYTES), link.subarray(KEY_BYTES)];
      return store.get(
        formatObjectLink({ readKey, root }),
        {
          onBytes: (bytes) => events.onBytes(bytes),
          onDone: () => events.onDone(),
          onError: (error) => events.onError(troubleOf(error), error),
        },
        { range: { from, to } },
      );
    },
  };
}

const TROUBLES: Readonly<Record<string, ObjectTrouble>> = {
  "not-enough-fragments": "unreachable",
  stalled: "unreachable",
  "disk-full": "full",
  "too-large": "too-large",
  busy: "busy",
  "not-loaded": "busy",
};

function troubleOf(error: TypedError): ObjectTrouble {
  return TROUBLES[error.code] ?? "broken";
}

/** Whom folders trust to have them too, and what the writers of versions are called. */
export function folderPeopleOf(
  suite: CryptoSuite,
  self: { readonly identity: LocalIdentity; readonly name: string },
  contacts: Contacts,
  { routing, devices }: { readonly routing: RoutingPort; readonly devices: Guard },
): Pick<FoldersOptions, "isTrusted" | "nameOf" | "isOut"> {
  const { identity, name } = self;
  const isOwn = (id: string): boolean => {
    const record = routing.record(id);
    return record?.person.personId === identity.person.personId && devices.stands(record);
  };
  return {
    isTrusted: (peer) => isMet(contacts, peer) || isOwn(peer),
    isOut: () => devices.isRevoked(identity.id, identity.person.personId),
    nameOf: (signKey) => {
      const id = peerIdOf(suite, signKey);
      if (id === identity.id) return name;
      const petname = contacts.byDevice(id)?.petname;
      return petname ?? (isOwn(id) ? routing.record(id)?.name : undefined);
    },
  };
}
