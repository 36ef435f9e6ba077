import { parseSize } from "../../adapters/node/size-text.ts";
import type { ApiClient, AuditBody, KeepingBody, KeepingPeerBody } from "../../api/client/index.ts";
import type { CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes, inert, table } from "../output.ts";

const DAY_MS = 86_400_000;

/** Options of `peernet drive` about what is kept, and for how long. */
export const KEEPING_OPTIONS = {
  pin: { type: "boolean", help: "look after <link> as if it were yours: its holders keep it" },
  unpin: {
    type: "boolean",
    help: "let <link> go: its holders delete it; files in folders may be made of it",
  },
  audit: { type: "boolean", help: "have the holders of <link> prove that they keep it" },
  peers: { type: "boolean", help: "what you keep for whom, and who keeps what for you" },
  give: { type: "string", value: "SIZE", help: "keep up to this much for others, such as 50GB" },
} as const;

/** Options that each do something with one object. */
const WISHES = ["pin", "unpin", "audit", "repair"] as const;

/** One thing at a time is done with an object. @throws CliError("usage") */
export function checkWishes(context: CommandContext): void {
  const [first, second] = WISHES.filter((one) => context.arguments.flag(one));
  if (second === undefined) return;
  throw new CliError("usage", `--${first} and --${second} do not go together: choose one.`);
}

/**
 * Does what one of those options says; undefined: none of them is there.
 * @throws CliError("usage")
 */
export async function keeping(
  context: CommandContext,
  client: ApiClient,
  link: string | undefined,
): Promise<number | undefined> {
  const give = context.arguments.text("give");
  if (give !== undefined) return await setQuota(context, client, give);
  if (context.arguments.flag("peers")) {
    const body = await client.keeping();
    context.output.result(body, () => peersText(body));
    return EXIT.ok;
  }
  const wish = (["pin", "unpin", "audit"] as const).find((one) => context.arguments.flag(one));
  if (wish === undefined) return undefined;
  if (link === undefined) {
    throw new CliError("usage", `Say which object: peernet drive <link> --${wish}`);
  }
  if (wish === "audit") return await audit(context, client, link);
  if (wish === "pin") await client.pinObject(link);
  else await client.unpinObject(link);
  const said =
    wish === "pin"
      ? "It is looked after from now on."
      : "It is let go; holders delete what they have.";
  context.output.result({ link, [wish]: true }, () => said);
  return EXIT.ok;
}

async function setQuota(context: CommandContext, client: ApiClient, text: string): Promise<number> {
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw new CliError("usage", `--give needs a size such as 50GB, not '${text}'.`);
  }
  const body = await client.setQuota(bytes);
  context.output.result(body, () => {
    const over =
      body.othersBytes > bytes ? " Nothing is thrown away; nothing more comes until it fits." : "";
    return `Up to ${formatBytes(bytes)} are kept for others, ${formatBytes(body.othersBytes)} are now.${over}`;
  });
  return EXIT.ok;
}

async function audit(context: CommandContext, client: ApiClient, link: string): Promise<number> {
  const body = await client.auditObject(link);
  context.output.result(body, () => auditText(body));
  return body.holders.some(({ verdict }) => verdict === "wrong") ? EXIT.failed : EXIT.ok;
}

const VERDICTS: Readonly<Record<AuditBody["holders"][number]["verdict"], string>> = {
  proved: "proved it",
  wrong: "WRONG",
  lost: "says that it lost some",
  silent: "no answer",
  refused: "asked to come back later",
  unproven: "cannot be judged",
};

function auditText({ holders, summary }: AuditBody): string {
  if (holders.length === 0) return summary;
  const rows = holders.map(({ name, verdict, proved, wrong, lost, unproven }) => {
    const count = proved.length + wrong.length + lost.length + unproven.length;
    return [inert(name), VERDICTS[verdict], `${proved.length}/${count}`];
  });
  return `${summary}\n\n${table([["PEER", "VERDICT", "PROVED"], ...rows])}`;
}

function peersText({ quotaBytes, othersBytes, trashCount, peers }: KeepingBody): string {
  const trash = trashCount === 0 ? "" : ` ${trashCount} objects of others are in the trash.`;
  const first = `${formatBytes(othersBytes)} of ${formatBytes(quotaBytes)} are kept for others.${trash}`;
  if (peers.length === 0) return first;
  const head = ["PEER", "I KEEP", "AT LEAST", "KEEPS FOR ME", "AT LEAST", "SCORE"];
  return `${first}\n\n${table([head, ...peers.map(peerRow)])}`;
}

function peerRow(peer: KeepingPeerBody): string[] {
  return [
    inert(peer.name),
    formatBytes(peer.takenBytes),
    daysLeft(peer.leaseEndsAtMs),
    formatBytes(peer.givenBytes),
    daysLeft(peer.promisedUntilMs),
    `${peer.score}/1000`,
  ];
}

function daysLeft(untilMs: number | null): string {
  if (untilMs === null) return "-";
  return `${Math.max(0, Math.floor((untilMs - Date.now()) / DAY_MS))} d`;
}
