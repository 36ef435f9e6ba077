import { toHex } from "../../base/bytes.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { idBytes } from "./passages.ts";
import type { Sent } from "./types.ts";

/** Prefix of the records of introductions that this person began. */
export const SENT = "contacts/s/m/";

const sentSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  b: schema.bytes(16),
  p: schema.bytes(16),
  s: schema.oneOf("waiting", "delivered", "not-unwanted", "unwanted", "refused"),
});

/** Introductions that this person began. */
export class SentBook {
  readonly #open = new Map<string, Sent>();

  get size(): number {
    return this.#open.size;
  }

  get(id: string): Sent | undefined {
    return this.#open.get(id);
  }

  all(): Iterable<Sent> {
    return this.#open.values();
  }

  /** @throws WireError where the record is damaged */
  load(key: string, value: Uint8Array): void {
    const found = sentSchema(decodeCbor(value), "introduction");
    const id = key.slice(SENT.length);
    const [to, about] = [toHex(found.p), toHex(found.b)];
    this.#open.set(id, { id, to, about, atMs: found.a, state: found.s });
  }

  planPut({ id, to, about, atMs, state }: Sent): RecordWrite {
    const value = encodeCbor({ v: 1, a: atMs, b: idBytes(about), p: idBytes(to), s: state });
    return { key: SENT + id, value };
  }

  planDrop(id: string): RecordWrite {
    return { key: SENT + id, value: null };
  }

  put(sent: Sent): void {
    this.#open.set(sent.id, sent);
  }

  drop(id: string): void {
    this.#open.delete(id);
  }
}
