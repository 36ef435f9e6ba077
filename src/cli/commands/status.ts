import type { VirtualInterfaceBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT } from "../errors.ts";
import { formatBytes, formatMs, inert, table } from "../output.ts";
import { connect } from "./shared.ts";

async function run(context: CommandContext): Promise<number> {
  const status = await (await connect(context)).status();
  context.output.result(status, () =>
    table([
      ["name", inert(status.name)],
      ["address", status.address],
      ["person", status.personId],
      ...(status.isRevoked ? [["this device", "was revoked: type peernet doctor"]] : []),
      ["home", status.home],
      ["running for", formatMs(status.uptimeMs)],
      ["listening on", status.listening.join("  ")],
      ["neighbours", String(status.neighbourCount)],
      ["peers in reach", String(status.reachableCount)],
      ["contacts", `${status.contactCount} (${status.unreadCount} unread messages)`],
      ["messages waiting", String(status.messagesWaiting)],
      [
        "drive",
        `${formatBytes(status.store.usedBytes)} of ${formatBytes(status.store.quotaBytes)}, ` +
          `${status.store.fragmentCount} fragments, ${status.store.objectCount} objects of mine`,
      ],
      ["memory", formatBytes(status.memory.rssBytes)],
      ...virtualInterfaceRows(status.virtualInterface),
    ]),
  );
  return EXIT.ok;
}

function virtualInterfaceRows(
  body: VirtualInterfaceBody | undefined,
): readonly (readonly [string, string])[] {
  if (body === undefined) return [];
  const { name, isUp, flows, sentBytes, receivedBytes, droppedIn, droppedOut, names } = body;
  const drops = (table: Readonly<Record<string, number>>): string => {
    const reasons = Object.entries(table).map(([reason, count]) => `${reason} ${count}`);
    return reasons.length === 0 ? "none" : reasons.join(", ");
  };
  return [
    [
      "virtual interface",
      `${name} is ${isUp ? "up" : "gone"}, ${formatBytes(sentBytes)} sent, ` +
        `${formatBytes(receivedBytes)} received, ${flows} flows`,
    ],
    ["names", names.words],
    ["packets dropped", `out: ${drops(droppedOut)}; in: ${drops(droppedIn)}`],
  ];
}

/** `peernet status` */
export const statusCommand: Command = {
  name: "status",
  usage: "",
  summary: "who this peer is and how it is doing",
  positionals: [0, 0],
  run,
};
