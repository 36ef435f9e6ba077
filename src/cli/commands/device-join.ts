import { randomBytes } from "node:crypto";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { type PeerResources, release, withHome } from "../../adapters/node/resources.ts";
import { type JoinOutcome, joinFrom } from "../../adapters/node/visiting/joiner.ts";
import { startVisitor } from "../../adapters/node/visiting/visitor.ts";
import { checkName, deriveDevice } from "../../identity/index.ts";
import type { CommandContext } from "../command.ts";
import { nameFor } from "../daemon/name.ts";
import { CliError } from "../errors.ts";
import { inert } from "../output.ts";
import { question } from "../question.ts";

/**
 * Makes this home that of a new device of a person.
 * @throws CliError, AdapterError, DevicesError with what to do next
 */
export async function joinPerson(context: CommandContext): Promise<void> {
  await withHome(context.home, async (resources) => {
    await joinInto(context, resources);
    await release(resources);
  });
}

async function joinInto(context: CommandContext, resources: PeerResources): Promise<void> {
  const { output, arguments: parsed } = context;
  const { home } = resources;
  if (home.identity !== undefined) {
    throw new CliError(
      "failed",
      `${context.home} belongs to somebody already. Join with a new directory: peernet device join --home DIR`,
    );
  }
  const link = parsed.positionals[1];
  const suite = createNodeSuite();
  const deviceSeed = new Uint8Array(randomBytes(32));
  const name =
    parsed.text("name") ?? home.config.name ?? nameFor(deriveDevice(suite, deviceSeed).id);
  checkName(name);
  const visitor = await startVisitor(resources, {
    ...{ deviceSeed, name, udpPort: undefined },
    listen: parsed.texts("listen"),
    links: parsed.texts("link"),
    discovery: parsed.flag("no-discovery") ? false : undefined,
    onWarning: (sentence) => output.say(sentence),
  });
  output.say(link === undefined ? "Looking for a device that takes this one in …" : "Joining …");
  const outcome = await joinFrom(visitor, {
    ...{ name, link },
    onWords: (words) => {
      output.say(`Type these words at the other device:\n\n    ${words.join("  ")}\n`);
      if (output.json) process.stdout.write(`${JSON.stringify({ words })}\n`);
    },
  });
  if (link === undefined && !parsed.flag("yes") && !(await isMeant(outcome))) {
    throw new CliError("failed", "Nothing was kept. Begin again, best with a link.");
  }
  await outcome.keep(home, { deviceSeed, name });
  const { personId, by } = outcome;
  output.result({ personId, name, by, home: context.home }, () =>
    [
      `This is '${inert(name)}' now, a device of person ${personId}, taken in by '${inert(by)}'.`,
      "Start it with 'peernet up'. Contacts are here already and hear of the new device.",
    ].join("\n"),
  );
}

/** Somebody in between could have taken this device in for somebody else: the other side knows. */
async function isMeant({ by }: JoinOutcome): Promise<boolean> {
  if (process.stdin.isTTY !== true) return true;
  const answer = await question(
    `'${inert(by)}' takes this device in. Does that device say so, too? [yes/no]`,
    "Nothing was kept. Begin again, best with a link.",
  );
  return /^y(es)?$/i.test(answer.trim());
}
