import { TypedError } from "../../base/errors.ts";
import type { PersonId } from "../../identity/index.ts";
import { DiskError, type RecordStore, type RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { logRecords } from "../book.ts";
import type { Joined } from "./joining.ts";

const STAGED = "devices/s/";
const KEY_CHARS_MAX = 160;

/** Records of other rooms that a new device may be given: cards, what is known besides, who was deleted, what was decided and when. */
const COPIED_PREFIXES: readonly string[] = [
  ...["contacts/c/", "contacts/h/", "contacts/x/"],
  "contacts/y/",
];

const stagedSchema = schema.record({
  v: schema.literal(1),
  k: schema.text(KEY_CHARS_MAX),
  p: schema.text(32),
  r: schema.bytes(0, 1 << 16),
});

/**
 * What a device that joins keeps before it has its identity. It lies apart until a peer starts as
 * that person: were the device switched off in between, a later person of this home must not find
 * somebody else's contacts.
 */
export function stagedWrites({ certificate, ops, records }: Joined): readonly RecordWrite[] {
  const { personId, signKey } = certificate;
  const copied = records
    .filter(({ k }) => COPIED_PREFIXES.some((prefix) => k.startsWith(prefix)))
    .map(({ k, v }) => ({ key: k, value: v }));
  return [...logRecords(personId, signKey, ops), ...copied].map(({ key, value }, at) => ({
    key: STAGED + at.toString(16).padStart(8, "0"),
    value: encodeCbor({ v: 1, k: key, p: personId, r: value }),
  }));
}

/** Removes what an earlier attempt may have left, so that nothing of two attempts mixes. */
export function clearStaged(records: RecordStore, done: (error: DiskError | null) => void): void {
  records.scan(STAGED, (error, found) => {
    if (error !== null || found.length === 0) done(error);
    else
      records.write(
        found.map(({ key }) => ({ key, value: null })),
        done,
      );
  });
}

/** Puts staged records into their places where they are this person's, all or none; else drops them. */
export function unstage(
  records: RecordStore,
  personId: PersonId,
  done: (error: DiskError | null) => void,
): void {
  records.scan(STAGED, (error, found) => {
    if (error !== null || found.length === 0) {
      done(error);
      return;
    }
    const writes: RecordWrite[] = [];
    try {
      for (const { key, value } of found) {
        const { k, p, r } = stagedSchema(decodeCbor(value), "staged record");
        if (p === personId) writes.push({ key: k, value: r });
        writes.push({ key, value: null });
      }
    } catch (cause) {
      if (!(cause instanceof TypedError)) throw cause;
      done(new DiskError("corrupt", "What this device was given is damaged.", { cause }));
      return;
    }
    records.write(writes, done);
  });
}
