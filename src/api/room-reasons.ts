import type { TypedError } from "../base/errors.ts";
import type { ContactsError } from "../contacts/index.ts";
import type { DevicesError } from "../devices/index.ts";
import type { FoldersError } from "../folders/index.ts";
import type { GatewayError } from "../gateway/index.ts";
import type { GroupsError } from "../groups/index.ts";
import type { IdentityError } from "../identity/index.ts";
import type { MessagesError } from "../messages/index.ts";
import { LineRefusal, type LineTrouble, type MoneyError } from "../money/index.ts";
import type { PeerError } from "../peer/index.ts";
import type { DiskError, FileTreeError } from "../ports/index.ts";
import type { StoreError } from "../store/index.ts";
import type { ApiReasonBody, RefusalCode } from "./contract-reasons.ts";

/**
 * What each code of a room is called in the API. Null: nobody meets it in a call, or it has several
 * meanings that its message tells apart. A code that is new in a room has to be decided here.
 */
type Reasons<E extends TypedError> = Readonly<Record<E["code"], RefusalCode | null>>;

const SAME = { busy: "busy", disk: "disk", "disk-full": "disk-full" } as const;

const contacts: Reasons<ContactsError> = {
  ...SAME,
  "malformed-invite": "invite-broken",
  "expired-invite": "invite-expired",
  "own-invite": "invite-own",
  "already-known": "contact-known",
  "name-taken": "name-taken",
  "bad-name": "name-bad",
  "too-many-invites": "invites-many",
  "too-many-contacts": "contacts-full",
  "unknown-contact": "contact-unknown",
  "unknown-request": "request-gone",
  "same-person": null,
  "too-long": null,
  "too-many-introductions": "introductions-many",
  ambiguous: null,
  "bad-vow": null,
  "bad-terms": null,
  "bad-link": "person-link-broken",
  "bad-file": null,
  "bad-picture": "picture-bad",
  "words-differ": "words-differ",
  "words-not-shown": null,
  "keys-differ": "keys-differ",
  "key-changed": "key-changed",
  blocked: "contact-blocked",
  "no-new-key": "key-same",
  "no-way": "request-no-way",
  refused: "request-refused",
  "too-many-tries": "tries-many",
  unreachable: "out-of-reach",
  protocol: null,
};

const devices: Reasons<DevicesError> = {
  ...SAME,
  "bad-op": null,
  "missing-past": null,
  "log-full": null,
  "unknown-device": "device-unknown",
  ambiguous: null,
  "not-senior": "device-junior",
  "already-revoked": "device-out-already",
  "only-device": "device-only",
  revoked: "device-out",
  "bad-name": "device-name-bad",
  "no-person-key": "no-recovery-words",
  "not-open": "nothing-to-compare",
  "words-differ": "device-words-differ",
  "bad-link": "device-link-broken",
  "old-link": "device-link-old",
  late: "device-late",
  gone: "device-gone",
  silent: "device-silent",
  "expired-link": "device-link-expired",
  refused: null,
  unreachable: null,
  "bad-share": "share-refused",
  "bad-set": null,
  "too-few-friends": null,
  "no-share": null,
  protocol: null,
};

const groups: Reasons<GroupsError> = {
  ...SAME,
  "bad-op": null,
  "bad-signature": null,
  "bad-checkpoint": null,
  gap: null,
  stranger: null,
  full: null,
  "bad-name": null,
  "bad-link": "group-link-broken",
  expired: "group-invite-used",
  exists: null,
  "not-found": null,
  "not-member": "group-not-member",
  "not-allowed": null,
  "unknown-person": "group-no-such-member",
  forked: "group-forked",
  stale: "group-stale",
  protocol: null,
};

const folders: Reasons<FoldersError> = {
  "bad-link": "folder-link-broken",
  "bad-name": "folder-name-bad",
  "not-found": null,
  exists: "folder-here",
  "read-only": "read-only",
  full: null,
  busy: "busy",
  // Also said of a folder that is no longer kept.
  disk: null,
  protocol: null,
  forked: "folder-forked",
  gap: null,
  "bad-entry": null,
};

const trees: Reasons<FileTreeError> = {
  "not-found": "path-gone",
  exists: "path-taken",
  "not-folder": "path-no-folder",
  "not-file": "path-no-file",
  "no-parent": "path-no-parent",
  "bad-path": "path-bad",
  conflict: "changed-meanwhile",
  "bad-range": null,
  full: null,
  "too-large": null,
  busy: "busy",
  unreachable: "holder-out-of-reach",
  "read-only": "read-only",
  broken: null,
};

const messages: Reasons<MessagesError> = {
  ...SAME,
  empty: "message-empty",
  "too-long": "message-too-long",
  "bad-characters": "message-signs",
  "unknown-person": null,
  "too-many-waiting": "messages-waiting",
  "bad-file": null,
  "unknown-message": null,
  "not-member": "group-not-member",
  "too-many-anchors": null,
  "too-many-owners": null,
  "not-asked": null,
  "bad-terms": null,
  "bad-carry-file": null,
  protocol: null,
  unreadable: null,
};

const money: Reasons<MoneyError> = {
  ...SAME,
  "bad-amount": null,
  "bad-currency": null,
  "bad-batch": null,
  "bad-signature": null,
  "bad-invoice": null,
  "bad-rules": null,
  "bad-entry": null,
  "not-allowed": null,
  "too-few": null,
  gap: null,
  forked: null,
  stale: null,
  limit: "payment-too-much",
  exists: null,
  "not-found": null,
  "unknown-person": null,
  unreachable: "payee-out-of-reach",
  stopped: null,
  expired: "payment-expired",
  "no-route": "payment-no-way",
  full: null,
  protocol: null,
};

const store: Reasons<StoreError> = {
  ...SAME,
  "not-enough-fragments": "object-not-enough",
  stalled: "object-stalled",
  "bad-link": "object-link-broken",
  "wrong-key": null,
  inconsistent: null,
  "bad-code": null,
  "bad-layers": null,
  "bad-range": null,
  "too-large": null,
  "bad-name": null,
  "not-loaded": "disk-loading",
  "not-here": "object-unknown",
  ended: null,
};

const gateway: Reasons<GatewayError> = {
  ...SAME,
  "bad-rule": null,
  "bad-port": "port-bad",
  "bad-name": null,
  "unknown-person": null,
  "unknown-rule": "rule-unknown",
  "port-taken": "port-taken",
  "no-permission": "port-not-allowed",
  "already-served": "served-already",
  "already-forwarded": "port-taken",
  "no-such-door": "door-unknown",
  "too-many": null,
  unreachable: "out-of-reach",
  refused: null,
  protocol: null,
  "bad-reading": null,
};

const identity: Reasons<IdentityError> = {
  "bad-seed": null,
  "bad-key": null,
  "bad-name": "name-bad",
  "bad-signature": null,
  "bad-certificate": null,
  "word-count": "recovery-word-count",
  "unknown-word": "recovery-word-unknown",
  "words-checksum": "recovery-words-wrong",
};

const peer: Reasons<PeerError> = {
  "unknown-peer": null,
  unreachable: null,
  timeout: null,
  busy: "busy",
  "load-failed": null,
  "bad-endpoint": null,
};

const disk: Reasons<DiskError> = { full: "disk-full", corrupt: null, io: null, closed: null };

/** What is in the way of writing on a line. */
const LINE_REASONS: Readonly<Record<LineTrouble, RefusalCode>> = {
  forked: "line-forked",
  broken: "line-broken",
  "ours-forked": "line-ours-forked",
  declined: "line-declined",
  "not-accepted": "line-not-accepted",
  elsewhere: "line-elsewhere",
  "written-here": "line-written-here",
  unsure: "line-unsure",
  unconfirmed: "line-unsure",
  reloading: "disk",
};

/** Why nothing can be written on a line, for programs; null where nothing is in the way. */
export function lineReason(trouble: LineTrouble | undefined): RefusalCode | null {
  return trouble === undefined ? null : LINE_REASONS[trouble];
}

/** By the names of their errors: rooms whose refusals a call can meet. */
export const ROOM_REASONS: Readonly<Record<string, Readonly<Record<string, RefusalCode | null>>>> =
  {
    ContactsError: contacts,
    DevicesError: devices,
    DiskError: disk,
    FileTreeError: trees,
    FoldersError: folders,
    GatewayError: gateway,
    GroupsError: groups,
    IdentityError: identity,
    MessagesError: messages,
    MoneyError: money,
    PeerError: peer,
    StoreError: store,
  };

/** The reason of a room's refusal; undefined where only its message tells. */
export function reasonOf(error: TypedError): ApiReasonBody | undefined {
  if (error instanceof LineRefusal) return { code: LINE_REASONS[error.trouble] };
  const { name, code } = error;
  const ofRoom = Object.hasOwn(ROOM_REASONS, name) ? ROOM_REASONS[name] : undefined;
  const reason = ofRoom !== undefined && Object.hasOwn(ofRoom, code) ? ofRoom[code] : undefined;
  return reason === undefined || reason === null ? undefined : { code: reason };
}

/** Why something that takes a while failed, in words and for programs. */
export function whyFailed(failure: TypedError | undefined): {
  readonly reason: string;
  readonly reasonCode: ApiReasonBody["code"] | null;
} {
  if (failure === undefined) return { reason: "", reasonCode: null };
  return { reason: failure.message, reasonCode: reasonOf(failure)?.code ?? null };
}
