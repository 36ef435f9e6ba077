import { toHex } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { ContactsError } from "./errors.ts";
import { INVITE_USES_MAX, INVITES_OPEN_MAX } from "./limits.ts";
import type { ContactRefusal } from "./types.ts";

/** Prefix of the records of open invites. */
export const INVITES = "contacts/i/";

const openSchema = schema.record({
  v: schema.literal(1),
  u: schema.integer(0, INVITE_USES_MAX),
  x: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

interface OpenInvite {
  readonly uses: number;
  readonly expiresAtMs: number;
}

/** The invites that this device gave out. Only hashes of their tokens are kept. */
export class InviteBook {
  readonly #suite: CryptoSuite;
  readonly #open = new Map<string, OpenInvite>();

  constructor(suite: CryptoSuite) {
    this.#suite = suite;
  }

  /** @throws WireError where the record is damaged */
  load(key: string, value: Uint8Array): void {
    const found = openSchema(decodeCbor(value), "invite");
    this.#open.set(key.slice(INVITES.length), { uses: found.u, expiresAtMs: found.x });
  }

  /**
   * Writes that open an invite and forget the expired and used-up ones.
   * @throws ContactsError("too-many-invites")
   */
  planOpening(token: Uint8Array, expiresAtMs: number, wallMs: number): readonly RecordWrite[] {
    const writes: RecordWrite[] = [];
    for (const [name, invite] of this.#open) {
      if (!isSpent(invite, wallMs)) continue;
      writes.push({ key: INVITES + name, value: null });
    }
    if (this.#open.size - writes.length >= INVITES_OPEN_MAX) {
      throw new ContactsError(
        "too-many-invites",
        `${INVITES_OPEN_MAX} invites are open. Use one of them, or wait until one has expired.`,
      );
    }
    writes.push(writeOf(this.#nameOf(token), { uses: 0, expiresAtMs }));
    return writes;
  }

  /** Why a token lets nobody in now, or the writes that count one use of it. */
  planUse(token: Uint8Array, wallMs: number): ContactRefusal | readonly RecordWrite[] {
    const name = this.#nameOf(token);
    const invite = this.#open.get(name);
    if (invite === undefined) return "unknown-token";
    if (wallMs >= invite.expiresAtMs) return "expired";
    if (invite.uses >= INVITE_USES_MAX) return "used-up";
    return [writeOf(name, { ...invite, uses: invite.uses + 1 })];
  }

  /** Takes over what has been persisted. */
  apply(writes: readonly RecordWrite[]): void {
    for (const { key, value } of writes) {
      if (!key.startsWith(INVITES)) continue;
      if (value === null) this.#open.delete(key.slice(INVITES.length));
      else this.load(key, value);
    }
  }

  #nameOf(token: Uint8Array): string {
    return toHex(this.#suite.sha256(token));
  }
}

function isSpent(invite: OpenInvite, wallMs: number): boolean {
  return wallMs >= invite.expiresAtMs || invite.uses >= INVITE_USES_MAX;
}

function writeOf(name: string, invite: OpenInvite): RecordWrite {
  return {
    key: INVITES + name,
    value: encodeCbor({ v: 1, u: invite.uses, x: invite.expiresAtMs }),
  };
}
