import type { MessageBody } from "../../src/api/contract.ts";
import { idOf } from "./fake-data.ts";
import { NOW_MS } from "./fake-time.ts";

/** Messages of the long conversation. */
export const MANY = 10_000;

/** A long conversation: short and long messages, both ways, over weeks. */
export function longTalk(): MessageBody[] {
  return Array.from({ length: MANY }, (_, at) => ({
    id: String(at).padStart(8, "0"),
    ...{ contact: "Anna", personId: idOf(1000), kind: "text", deliveredAtMs: null },
    direction: at % 3 === 0 ? "out" : "in",
    text: `message ${at} ${"and some more words ".repeat(at % 17)}`,
    sentAtMs: NOW_MS - (MANY - at) * 300_000,
    state: "read",
    ...(at === MANY - 2 ? { replyTo: String(MANY - 5).padStart(8, "0") } : {}),
  }));
}
