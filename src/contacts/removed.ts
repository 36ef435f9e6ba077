import type { PersonId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { REMOVED_MAX } from "./limits.ts";

/** Prefix of the records of people who were contacts and are no longer. */
export const REMOVED = "contacts/x/";

const removedSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

/** People who were deleted: this person's old word for them does not let them in again. */
export class RemovedBook {
  readonly #removed = new Map<PersonId, number>();

  has(person: PersonId): boolean {
    return this.#removed.has(person);
  }

  /** When somebody was deleted, wall-clock time. */
  atMs(person: PersonId): number | undefined {
    return this.#removed.get(person);
  }

  all(): readonly PersonId[] {
    return [...this.#removed.keys()];
  }

  /** Everybody who is remembered, as records. */
  records(): readonly RecordWrite[] {
    return [...this.#removed].map(([person, atMs]) => writeOf(person, atMs));
  }

  /** @throws WireError where the record is damaged */
  load(key: string, value: Uint8Array): void {
    this.#removed.set(key.slice(REMOVED.length), removedSchema(decodeCbor(value), "contact").a);
  }

  /** Remembers somebody; where there are too many, the one deleted longest ago is forgotten. */
  planAdd(person: PersonId, atMs: number): readonly RecordWrite[] {
    const writes: RecordWrite[] = [writeOf(person, atMs)];
    if (this.#removed.has(person) || this.#removed.size < REMOVED_MAX) return writes;
    let oldest: readonly [PersonId, number] | undefined;
    for (const one of this.#removed) if (oldest === undefined || one[1] < oldest[1]) oldest = one;
    if (oldest !== undefined) writes.push({ key: REMOVED + oldest[0], value: null });
    return writes;
  }

  /** Remembers some; where there are too many, those deleted longest ago are forgotten. */
  planAddAll(added: ReadonlyMap<PersonId, number>): readonly RecordWrite[] {
    const fresh = [...added].filter(([person, atMs]) => this.#removed.get(person) !== atMs);
    if (fresh.length === 0) return [];
    const all = new Map([...this.#removed, ...fresh]);
    const oldest = [...all].sort(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1));
    const lost = new Set(oldest.slice(0, Math.max(0, all.size - REMOVED_MAX)).map(([id]) => id));
    return [
      ...fresh.flatMap(([person, atMs]) => (lost.has(person) ? [] : [writeOf(person, atMs)])),
      ...[...lost].map((person) => ({ key: REMOVED + person, value: null })),
    ];
  }

  /** Forgets that somebody was deleted: this person has let them in anew. */
  planClear(person: PersonId): readonly RecordWrite[] {
    return this.has(person) ? [{ key: REMOVED + person, value: null }] : [];
  }

  /** Takes over what has been persisted. */
  apply(writes: readonly RecordWrite[]): void {
    for (const { key, value } of writes) {
      if (!key.startsWith(REMOVED)) continue;
      if (value === null) this.#removed.delete(key.slice(REMOVED.length));
      else this.load(key, value);
    }
  }
}

function writeOf(person: PersonId, atMs: number): RecordWrite {
  return { key: REMOVED + person, value: encodeCbor({ v: 1, a: atMs }) };
}
