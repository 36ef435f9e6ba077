import { TypedError } from "../base/errors.ts";

/** Why an invite, a name or a change of contacts was refused. */
export class ContactsError extends TypedError<
  | "malformed-invite"
  | "expired-invite"
  | "own-invite"
  | "already-known"
  | "name-taken"
  | "bad-name"
  | "too-many-invites"
  | "too-many-contacts"
  | "unknown-contact"
  | "unknown-request"
  | "same-person"
  | "too-long"
  | "too-many-introductions"
  | "ambiguous"
  | "bad-vow"
  | "bad-terms"
  | "bad-link"
  | "bad-file"
  | "bad-picture"
  | "words-differ"
  | "keys-differ"
  | "key-changed"
  | "blocked"
  | "no-new-key"
  | "no-way"
  | "refused"
  | "too-many-tries"
  | "unreachable"
  | "protocol"
  | "busy"
  | "disk-full"
  | "disk"
> {
  override readonly name = "ContactsError";
}
