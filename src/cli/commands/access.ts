import type { RuleBody } from "../../api/client/index.ts";
import { groupIn } from "../chat-words.ts";
import type { Command, CommandContext, OptionSpec } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert, table } from "../output.ts";
import { typedCommand } from "../words.ts";
import { connect, word } from "./shared.ts";

type Verdict = RuleBody["verdict"];

const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  list: { type: "boolean", help: "show all rules" },
  remove: { type: "boolean", help: "take the rule back" },
  tcp: { type: "boolean", help: "about TCP only" },
  udp: { type: "boolean", help: "about UDP only" },
};

function protocolOf({ arguments: given }: CommandContext): RuleBody["protocol"] {
  const [tcp, udp] = [given.flag("tcp"), given.flag("udp")];
  if (tcp === udp) return "any";
  return tcp ? "tcp" : "udp";
}

function sentenceOf({ verdict, who, kind, protocol, reach }: RuleBody): string {
  const name = kind === "group" ? `Everybody in ${inert(who)}` : inert(who);
  if (verdict === "deny" && reach === "all")
    return `${name} may reach nothing on this machine${protocol === "any" ? "" : ` by ${protocol.toUpperCase()}`}.`;
  const what = reach === "all" ? "everything" : /^\d+$/.test(reach) ? `port ${reach}` : reach;
  const how = protocol === "any" ? "" : ` (${protocol.toUpperCase()})`;
  return `${name} ${verdict === "allow" ? "may" : "may not"} reach ${what}${how} on this machine.`;
}

function isPort(number: number): boolean {
  return number >= 1 && number <= 65_535;
}

async function list(context: CommandContext): Promise<number> {
  const { rules } = await (await connect(context)).gateway();
  const rows = rules.map(({ verdict, who, kind, protocol, reach }) => [
    verdict,
    kind === "group" ? `${inert(who)} (group)` : inert(who),
    protocol,
    reach,
  ]);
  context.output.result(rules, () =>
    rules.length === 0
      ? "No rules: nobody reaches anything here but what 'peernet serve --list' shows."
      : table([["RULE", "WHO", "PROTOCOL", "PORT OR SERVICE"], ...rows]),
  );
  return EXIT.ok;
}

async function change(context: CommandContext, verdict: Verdict): Promise<number> {
  if (context.arguments.flag("list")) return list(context);
  const typed = word(context, 0);
  const who = groupIn(typed) ?? typed;
  if (who === "") throw new CliError("usage", `Say whom: peernet ${verdict} anna 80`);
  const ports = context.arguments.positionals[1] ?? (verdict === "deny" ? "all" : undefined);
  if (ports === undefined) {
    throw new CliError(
      "usage",
      `Say what they may reach: ${typedCommand("allow", [who, "80"])} (or 80,443, a service, or all)`,
    );
  }
  const wrong = ports.split(",").find((reach) => /^\d+$/.test(reach) && !isPort(Number(reach)));
  if (wrong !== undefined) {
    throw new CliError(
      "usage",
      `There is no port ${wrong}: they go from 1 to 65535. Nothing was changed.`,
    );
  }
  const client = await connect(context);
  const remove = context.arguments.flag("remove");
  const protocol = protocolOf(context);
  const rules: RuleBody[] = [];
  for (const reach of ports.split(",")) {
    rules.push(await client.access({ verdict, who, reach, protocol, remove }));
  }
  context.output.result(rules, () =>
    remove ? "The rule is gone." : rules.map(sentenceOf).join("\n"),
  );
  return EXIT.ok;
}

/** `peernet allow` */
export const allowCommand: Command = {
  name: "allow",
  usage: "<who> <ports>",
  summary: "let a contact or group reach ports of this machine",
  details:
    "Nobody reaches anything without a rule. <who> is a contact (all of their devices) or a group,\n" +
    "<ports> a port, several with commas, the name of a service, or all. A rule that denies beats\n" +
    "every rule that allows.\n\n" +
    "  peernet allow anna 22,80\n" +
    "  peernet allow family all\n" +
    "  peernet allow --list",
  options: OPTIONS,
  positionals: [0, 2],
  run: (context) => change(context, "allow"),
};

/** `peernet deny` */
export const denyCommand: Command = {
  name: "deny",
  usage: "<who> [ports]",
  summary: "keep a contact or group from ports of this machine",
  details:
    "Beats every rule that allows, and what is served. Without ports: all of them.\n\n" +
    "  peernet deny ben\n" +
    "  peernet deny ben --remove",
  options: OPTIONS,
  positionals: [0, 2],
  run: (context) => change(context, "deny"),
};
