import type { GroupMessageBody } from "../api/client/index.ts";
import { formatBytes, inert, inertLines } from "./output.ts";

/** With what a word begins that means a group: `@our-coop`. */
export const GROUP_SIGN = "@";

/** The group that a word means; undefined where it means a person. */
export function groupIn(word: string | undefined): string | undefined {
  if (word === undefined || !word.startsWith(GROUP_SIGN)) return undefined;
  return word.slice(GROUP_SIGN.length);
}

/** How far a message of ours to a group is: "with 5 of 8 members". */
export function groupStateWords(message: GroupMessageBody): string {
  const { state, deliveredTo, memberCount } = message;
  if (state === "sent") return "sent by another device of yours";
  if (memberCount === 0) return "nobody else is in the group";
  if (state === "everybody") {
    return memberCount === 1 ? "with the other member" : `with all ${memberCount} other members`;
  }
  if (deliveredTo.length === 0) return "waiting here";
  return `with ${deliveredTo.length} of ${memberCount} other members: ${deliveredTo.map(inert).join(", ")}`;
}

/** A message of a group for people, its text indented; what others wrote is shown inert. */
export function groupMessageLines(
  message: GroupMessageBody,
  options: { readonly withId?: boolean } = {},
): string {
  const at = new Date(message.sentAtMs).toLocaleString();
  const group = `${GROUP_SIGN}${inert(message.group)}`;
  const who =
    message.direction === "in"
      ? `from ${inert(message.author)} in ${group}`
      : `to ${group} (${groupStateWords(message)})`;
  const id = options.withId === true ? `  [${message.id}]` : "";
  const lines = [`${at}  ${who}${id}`];
  if (message.replyTo !== undefined) lines.push(`  > answers ${message.replyTo}`);
  if (message.file !== undefined) {
    lines.push(`  file ${inert(message.file.name)}, ${formatBytes(message.file.sizeBytes)}`);
    lines.push(`  peernet get ${inert(message.file.link)} -o FILE`);
  }
  if (message.text !== "") lines.push(`  ${inertLines(message.text).replaceAll("\n", "\n  ")}`);
  return lines.join("\n");
}
