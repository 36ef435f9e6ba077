import type { PersonId } from "../../identity/index.ts";
import { DiskError, type RecordStore, type RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema, WireError } from "../../wire/index.ts";
import { PICTURE_BYTES_MAX } from "./limits.ts";

/** Prefix of the records that tell whose picture is kept, and since when it is theirs. */
const HEADS = "contacts/p/";
/** Prefix of the records of the pictures themselves, which are read only when one is asked for. */
const BODIES = "contacts/q/";

const headSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(1, Number.MAX_SAFE_INTEGER),
  s: schema.integer(0, PICTURE_BYTES_MAX),
});

/** What is known of somebody's picture. */
export interface PictureHead {
  /** Since when it is so, by the clock of its person, milliseconds since 1970. */
  readonly atMs: number;
  /** 0: there is none any more. */
  readonly sizeBytes: number;
}

/** Whose pictures are kept, and since when. */
export class PictureBook {
  readonly #heads = new Map<PersonId, PictureHead>();

  get size(): number {
    return this.#heads.size;
  }

  get(person: PersonId): PictureHead | undefined {
    return this.#heads.get(person);
  }

  people(): readonly PersonId[] {
    return [...this.#heads.keys()];
  }

  /** Reads whose pictures there are, none of the pictures. */
  load(records: RecordStore, done: (error: DiskError | null) => void): void {
    records.scan(HEADS, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      try {
        for (const { key, value } of found) {
          const { a, s } = headSchema(decodeCbor(value), "picture");
          this.#heads.set(key.slice(HEADS.length), { atMs: a, sizeBytes: s });
        }
      } catch (cause) {
        if (!(cause instanceof WireError)) throw cause;
        done(new DiskError("corrupt", "A stored picture is damaged.", { cause }));
        return;
      }
      done(null);
    });
  }

  /** The picture itself; no bytes where there is none. */
  read(
    records: RecordStore,
    person: PersonId,
    done: (error: DiskError | null, bytes: Uint8Array) => void,
  ): void {
    records.scan(BODIES + person, (error, [found]) =>
      done(error, found?.value ?? new Uint8Array()),
    );
  }

  /** @param bytes empty: there is none any more, which is remembered */
  planPut(person: PersonId, atMs: number, bytes: Uint8Array): readonly RecordWrite[] {
    return [
      { key: HEADS + person, value: encodeCbor({ v: 1, a: atMs, s: bytes.length }) },
      { key: BODIES + person, value: bytes.length === 0 ? null : bytes },
    ];
  }

  planDrop(person: PersonId): readonly RecordWrite[] {
    return [HEADS, BODIES].map((prefix) => ({ key: prefix + person, value: null }));
  }

  /** Takes over what has been persisted; without a head, what was dropped. */
  apply(person: PersonId, head: PictureHead | undefined): void {
    if (head === undefined) this.#heads.delete(person);
    else this.#heads.set(person, head);
  }
}
