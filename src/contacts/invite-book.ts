import { toHex } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { ContactsError } from "./errors.ts";
import { INVITE_LIFE_MAX_MS, INVITE_USES_MAX, INVITES_OPEN_MAX } from "./limits.ts";
import type { InviteWish } from "./options.ts";
import type { ContactRefusal } from "./types.ts";

/** Prefix of the records of open invites. */
export const INVITES = "contacts/i/";

const openSchema = schema.record({
  v: schema.literal(1),
  m: schema.optional(schema.integer(1, INVITE_USES_MAX)),
  o: schema.optional(schema.integer(0, Number.MAX_SAFE_INTEGER)),
  u: schema.integer(0, INVITE_USES_MAX),
  x: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

/** Whom an invite lets in, and until when. */
export interface InviteBounds {
  readonly usesMax: number;
  /** Wall-clock time, milliseconds since 1970. */
  readonly expiresAtMs: number;
}

interface OpenInvite extends InviteBounds {
  readonly uses: number;
  /** Wall-clock time; 0 for those of older homes. */
  readonly openedAtMs: number;
}

/** @throws ContactsError("bad-terms") for a number of uses or a time that no invite may have */
export function checkWish({ usesMax = 1, lifeMs = 1 }: InviteWish): void {
  const fits = usesMax >= 1 && usesMax <= INVITE_USES_MAX && Number.isSafeInteger(usesMax);
  if (fits && lifeMs >= 1 && lifeMs <= INVITE_LIFE_MAX_MS) return;
  const days = INVITE_LIFE_MAX_MS / 86_400_000;
  const words = `An invite lets 1 to ${INVITE_USES_MAX} people in, for at most ${days} days.`;
  throw new ContactsError("bad-terms", words);
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
    const usesMax = found.m ?? INVITE_USES_MAX;
    const invite = { uses: found.u, usesMax, openedAtMs: found.o ?? 0, expiresAtMs: found.x };
    this.#open.set(key.slice(INVITES.length), invite);
  }

  /**
   * Writes that open an invite and forget the expired and used-up ones.
   * @throws ContactsError("too-many-invites")
   */
  planOpening(token: Uint8Array, bounds: InviteBounds, wallMs: number): readonly RecordWrite[] {
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
    writes.push(writeOf(this.#nameOf(token), { uses: 0, openedAtMs: wallMs, ...bounds }));
    return writes;
  }

  /**
   * Why a token does not let somebody in now, or the writes that count one use of it.
   * @param removedAtMs when they were deleted, if ever: invites from before are not for them
   */
  planUse(
    token: Uint8Array,
    wallMs: number,
    removedAtMs: number | undefined,
  ): ContactRefusal | readonly RecordWrite[] {
    const name = this.#nameOf(token);
    const invite = this.#open.get(name);
    if (invite === undefined || invite.openedAtMs < (removedAtMs ?? 0)) return "unknown-token";
    if (wallMs >= invite.expiresAtMs) return "expired";
    if (invite.uses >= invite.usesMax) return "used-up";
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
  return wallMs >= invite.expiresAtMs || invite.uses >= invite.usesMax;
}

function writeOf(name: string, invite: OpenInvite): RecordWrite {
  return {
    key: INVITES + name,
    value: encodeCbor({
      v: 1,
      m: invite.usesMax,
      o: invite.openedAtMs,
      u: invite.uses,
      x: invite.expiresAtMs,
    }),
  };
}
