import type { DeliveryBody, MessageBody } from "../api/client/index.ts";
import { formatBytes, inert, inertLines } from "./output.ts";

/** How far a message of ours is, in a few words: "delivered to Phone at 14:02". */
export function stateWords(message: MessageBody): string {
  const deliveries = message.deliveries ?? [];
  if (message.state === "sent") return "sent by another device of yours";
  const there = deliveries.filter(({ state }) => state === "delivered" || state === "read");
  if (there.length === 0) return waitingWords(deliveries);
  const words = there.map(
    ({ state, name, sinceMs }) =>
      `${state === "read" ? "read on" : "delivered to"} ${inert(name)}${atTime(sinceMs)}`,
  );
  const left = deliveries.length - there.length;
  return words.join(", ") + (left === 0 ? "" : `; ${left} more of their devices to come`);
}

function waitingWords(deliveries: readonly DeliveryBody[]): string {
  const held = deliveries.find(({ state }) => state === "held");
  if (held === undefined) return "waiting here";
  const names = [...new Set(held.holders.map(({ name }) => inert(name)))].join(", ");
  return `with ${names}${atTime(held.sinceMs, "since")}`;
}

function atTime(wallMs: number | null, preposition = "at"): string {
  if (wallMs === null) return "";
  const at = new Date(wallMs);
  const isToday = at.toDateString() === new Date().toDateString();
  const text = isToday
    ? at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })
    : at.toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
  return ` ${preposition} ${text}`;
}

/** A message for people, its text indented; what others wrote is shown inert. */
export function messageLines(
  message: MessageBody,
  options: { readonly withId?: boolean } = {},
): string {
  const at = new Date(message.sentAtMs).toLocaleString();
  const arrow = message.direction === "in" ? "from" : "to";
  const state = message.direction === "out" ? ` (${stateWords(message)})` : "";
  const id = options.withId === true ? `  [${message.id}]` : "";
  const lines = [`${at}  ${arrow} ${inert(message.contact)}${state}${id}`];
  if (message.replyTo !== undefined) lines.push(`  > answers ${message.replyTo}`);
  if (message.file !== undefined) {
    lines.push(`  file ${inert(message.file.name)}, ${formatBytes(message.file.sizeBytes)}`);
    lines.push(`  peernet get ${inert(message.file.link)} -o FILE`);
  }
  if (message.text !== "") lines.push(`  ${inertLines(message.text).replaceAll("\n", "\n  ")}`);
  return lines.join("\n");
}
