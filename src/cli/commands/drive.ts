import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes, inert, table } from "../output.ts";
import { connect } from "./shared.ts";

/** `peernet drive` */
export const driveCommand: Command = {
  name: "drive",
  usage: "[link]",
  summary: "what you have stored and how healthy it is",
  options: { repair: { type: "boolean", help: "make missing fragments of <link> again" } },
  positionals: [0, 1],
  run: drive,
};

async function drive(context: CommandContext): Promise<number> {
  const client = await connect(context);
  const link = context.arguments.positionals[0];
  if (link !== undefined && context.arguments.flag("repair")) {
    const repaired = await client.repairObject(link);
    context.output.result(repaired, () => repaired.health.summary);
    return EXIT.ok;
  }
  if (link !== undefined) {
    const health = await client.objectHealth(link);
    context.output.result(health, () => health.summary);
    return EXIT.ok;
  }
  if (context.arguments.flag("repair")) {
    throw new CliError("usage", "Say which object: peernet drive <link> --repair");
  }
  const { objects } = await client.objects();
  const rows = objects.map((object) => [
    inert(object.name),
    formatBytes(object.sizeBytes),
    `${object.health.alive}/${object.n} (needs ${object.k})`,
    `${object.health.holders}`,
    object.link,
  ]);
  context.output.result(objects, () =>
    objects.length === 0
      ? "Nothing stored yet. 'peernet put <file>' stores something."
      : table([["NAME", "SIZE", "FRAGMENTS", "PEERS", "LINK"], ...rows]),
  );
  return EXIT.ok;
}
