import type { MessageBody } from "../../../src/api/client/index.ts";

/** How far a message of ours is, in a few words. */
export function deliveryWords({ state, deliveries = [] }: MessageBody): string {
  if (state === "sent") return "sent by another device";
  if (state === "read") return "read";
  if (state !== "waiting") return "delivered";
  const holders = new Set(deliveries.flatMap((one) => one.holders.map(({ name }) => name)));
  return holders.size === 0 ? "waiting" : `with ${[...holders].join(", ")}`;
}
