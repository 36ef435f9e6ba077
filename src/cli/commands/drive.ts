import type { ApiClient, ObjectBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes, inert, table, tallTable } from "../output.ts";
import { checkWishes, KEEPING_OPTIONS, keeping } from "./keeping.ts";
import { connect } from "./shared.ts";

const NOTHING = "Nothing stored yet. 'peernet put <file>' stores something.";

/** `peernet drive` */
export const driveCommand: Command = {
  name: "drive",
  usage: "[link]",
  summary: "what you have stored and how healthy it is",
  details:
    "With a link it asks the peers in reach anew and shows every layer. --explain says of whatever is not " +
    "safe why, and what to do about it.",
  options: {
    repair: { type: "boolean", help: "make missing fragments of <link> again" },
    explain: { type: "boolean", help: "only what is not safe, with the reason" },
    ...KEEPING_OPTIONS,
  },
  positionals: [0, 1],
  run: drive,
};

async function drive(context: CommandContext): Promise<number> {
  checkWishes(context);
  const client = await connect(context);
  const link = context.arguments.positionals[0];
  const code = await keeping(context, client, link);
  if (code !== undefined) return code;
  if (link !== undefined) {
    if (!context.arguments.flag("repair")) return await showOne(context, client, link);
    const repaired = await client.repairObject(link);
    context.output.result(repaired, () => repaired.health.summary);
    return EXIT.ok;
  }
  if (context.arguments.flag("repair")) {
    throw new CliError("usage", "Say which object: peernet drive <link> --repair");
  }
  return context.arguments.flag("explain")
    ? await explain(context, client)
    : await list(context, client);
}

async function showOne(context: CommandContext, client: ApiClient, link: string): Promise<number> {
  const health = await client.objectHealth(link);
  const rows = health.layers.map((layer, i) => [
    `${i + 1}`,
    layer.role === "preview" ? "preview" : "the file itself",
    formatBytes(layer.sizeBytes),
    `any ${layer.k}`,
    layer.isReadable ? "yes" : `no, ${layer.k - health.alive} too few`,
  ]);
  const head = ["LAYER", "WHAT", "SIZE", "NEEDS", "READABLE"];
  context.output.result(health, () =>
    rows.length === 0 ? health.summary : `${health.summary}\n\n${table([head, ...rows])}`,
  );
  return EXIT.ok;
}

async function list(context: CommandContext, client: ApiClient): Promise<number> {
  const { objects } = await client.objects();
  const { store } = await client.status();
  context.output.result(objects, () => (objects.length === 0 ? NOTHING : listText(objects)));
  const given = `${formatBytes(store.usedBytes)} on this disk`;
  context.output.say(`${given}; up to ${formatBytes(store.quotaBytes)} are kept for others.`);
  return EXIT.ok;
}

/** What is stored, as a table with the links below the names: nothing else is as long. */
export function listText(objects: readonly ObjectBody[]): string {
  const rows = objects.map((object) => ({
    cells: [
      inert(object.name),
      formatBytes(object.sizeBytes),
      `${object.health.alive}/${object.n}`,
      readable(object),
      `${object.health.holders}`,
    ],
    below: object.link,
  }));
  return tallTable(["NAME", "SIZE", "FRAGMENTS", "READABLE", "PEERS"], rows);
}

function readable({ health }: ObjectBody): string {
  const count = health.layers.filter(({ isReadable }) => isReadable).length;
  if (count === health.layers.length) return "all";
  return count === 0 ? "not now" : `${count} of ${health.layers.length} layers`;
}

/** Whatever is not as safe as it is meant to be, and why. */
async function explain(context: CommandContext, client: ApiClient): Promise<number> {
  const { objects } = await client.objects();
  const unsafe = objects.filter(({ health, n }) => health.alive < n || health.waiting > 0);
  context.output.result(unsafe, () =>
    objects.length === 0
      ? NOTHING
      : unsafe.length === 0
        ? "Everything you have stored is as safe as it is meant to be."
        : unsafe
            .map(
              (object) =>
                `${inert(object.name)}  ${object.link}\n  ${object.health.summary}\n  ${advice(object)}`,
            )
            .join("\n"),
  );
  return EXIT.ok;
}

function advice({ health, k, n }: ObjectBody): string {
  if (health.alive < k)
    return "Wait for more peers, or 'peernet get --preview' shows what there is.";
  if (health.waiting > 0)
    return "The fragments leave by themselves as soon as peers with room are in reach.";
  const missing = n - health.alive;
  return `${missing} of ${n} fragments are gone; 'peernet drive <link> --repair' makes them again now.`;
}
