import type { PeerId } from "../../identity/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import type { Item } from "../item.ts";
import {
  HISTORY_AGE_MS,
  HISTORY_MESSAGES_MAX,
  HISTORY_PER_CONVERSATION_MAX,
  LIST_MAX,
} from "../limits.ts";
import type { Shelf } from "../shelf.ts";

/** Prefix of how far devices have been given messages of the past. */
export const HISTORY_GIVEN = "messages/z/";

/** How far one own device has been given what was written before it was there. */
export interface Giving {
  readonly device: PeerId;
  /** Messages with this id and greater ones are not of the past: they came after the beginning. */
  readonly beginId: string;
  /** All from this id up are in letters to the device. */
  readonly cursorId: string;
  readonly givenCount: number;
  /** Wall-clock time of the beginning, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** Whether all of it is in letters. */
  readonly isDone: boolean;
}

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const givingSchema = schema.record({
  v: schema.literal(1),
  b: schema.text(12),
  c: schema.text(12),
  e: schema.boolean,
  n: time,
  s: time,
});

/** The stored form. */
export function encodeGiving(giving: Giving): Uint8Array {
  const { beginId, cursorId, isDone, givenCount, startedAtMs } = giving;
  return encodeCbor({ v: 1, b: beginId, c: cursorId, e: isDone, n: givenCount, s: startedAtMs });
}

/** @throws WireError where the record is damaged */
export function decodeGiving(device: PeerId, bytes: Uint8Array): Giving {
  const { b, c, e, n, s } = givingSchema(decodeCbor(bytes), "history given");
  return { device, beginId: b, cursorId: c, isDone: e, givenCount: n, startedAtMs: s };
}

/** Whether a message can be given: what could not be read here, or came by an old Peernet, is left out. */
export function isGivable(item: Item): boolean {
  return item.mark !== undefined && (item.kind === "text" || item.kind === "file");
}

/**
 * Which messages a device is given, the newest first: a function of what is here and of the
 * beginning, so that it is the same after a crash.
 */
export function planOf(
  shelf: Shelf,
  { beginId, startedAtMs }: Giving,
  isMeant: (item: Item) => boolean,
): readonly Item[] {
  const plan: Item[] = [];
  const counts = new Map<string, number>();
  const earliestMs = startedAtMs - HISTORY_AGE_MS;
  let beforeId = beginId;
  for (;;) {
    const some = shelf.page(undefined, { beforeId }, LIST_MAX);
    const [first] = some;
    if (first === undefined) return plan;
    for (const item of some.reverse()) {
      const count = counts.get(item.personId) ?? 0;
      const isIn = item.sentAtMs >= earliestMs && isGivable(item) && isMeant(item);
      if (!isIn || count >= HISTORY_PER_CONVERSATION_MAX) continue;
      counts.set(item.personId, count + 1);
      plan.push(item);
      if (plan.length >= HISTORY_MESSAGES_MAX) return plan;
    }
    beforeId = first.id;
  }
}
