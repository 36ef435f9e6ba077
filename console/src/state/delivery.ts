import type { GroupMessageBody, MessageBody } from "../../../src/api/client/index.ts";
import { say } from "../words/language.ts";
import { cleanName } from "./format.ts";

/** How far a message of ours is, in a few words. */
export function deliveryWords({ state, deliveries = [] }: MessageBody): string {
  const { states } = say().chat;
  if (state === "sent" || state === "read") return states[state];
  if (state !== "waiting") return states.delivered;
  const names = deliveries.flatMap((one) => one.holders.map(({ name }) => cleanName(name)));
  const holders = new Set(names);
  return holders.size === 0 ? states.waiting : states.with([...holders].join(", "));
}

/** How far a message of ours to a group is: members say so themselves, so there may be more. */
export function groupDeliveryWords({ state, deliveredTo, memberCount }: GroupMessageBody): string {
  const { states } = say().chat;
  if (state === "sent") return states.sent;
  if (memberCount === 0) return states.nobody;
  if (state === "everybody") return states.everybody(memberCount);
  return deliveredTo.length === 0 ? states.waiting : states.some(deliveredTo.length, memberCount);
}
