import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { type PeerResources, release, withHome } from "../../adapters/node/resources.ts";
import { requestLink, rescue, takeRequest } from "../../adapters/node/visiting/rescue.ts";
import { startVisitor } from "../../adapters/node/visiting/visitor.ts";
import { deriveDevice } from "../../identity/index.ts";
import type { CommandContext } from "../command.ts";
import { nameFor } from "../daemon/name.ts";
import { CliError } from "../errors.ts";
import { inert } from "../output.ts";
import { sayQr } from "../qr.ts";

/**
 * Makes this home that of a person whom friends bring back. It may be broken off and begun again:
 * shares that came stay.
 * @throws CliError, AdapterError with what to do next
 */
export async function restoreByFriends(context: CommandContext): Promise<void> {
  await withHome(context.home, async (resources) => {
    await askFriends(context, resources);
    await release(resources);
  });
}

async function askFriends(context: CommandContext, resources: PeerResources): Promise<void> {
  const { output, arguments: parsed } = context;
  const { home } = resources;
  if (home.identity !== undefined) {
    throw new CliError(
      "failed",
      `${context.home} belongs to somebody already. Restore into a new directory: peernet restore --friends --home DIR`,
    );
  }
  const suite = createNodeSuite();
  const request = await takeRequest(
    home,
    (seed) => parsed.text("name") ?? nameFor(deriveDevice(suite, seed).id),
  );
  const visitor = await startVisitor(resources, {
    ...{ deviceSeed: request.deviceSeed, name: request.name, udpPort: undefined },
    listen: parsed.texts("listen"),
    links: parsed.texts("link"),
    discovery: parsed.flag("no-discovery") ? false : undefined,
    onWarning: (sentence) => output.say(sentence),
  });
  const link = requestLink(visitor, request);
  const tell = (line: unknown): void => {
    if (output.json) process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  tell({ link });
  if (!output.json) await sayQr(output, link);
  output.say(
    [
      `Give this to friends who keep a share for you; each types: peernet recovery approve <link> --for <you>\n\n${link}\n`,
      "Keep this window open, or begin again with the same command: shares that came stay.",
      "A friend's screen asks for four words. Read out those that appear here, in person or by phone.",
    ].join("\n"),
  );
  const { personId } = await rescue(visitor, home, request, {
    onWords: (words, name) => {
      output.say(`For '${inert(name)}':  ${words.join("  ")}`);
      tell({ words, name });
    },
    onShare: (name, have, need) => {
      output.say(`Share ${have} of ${need} is there ('${inert(name)}').`);
      tell({ share: { name, have, need } });
    },
    onProblem: (sentence) => {
      output.say(inert(sentence));
      tell({ problem: sentence });
    },
  });
  output.result({ personId, name: request.name, home: context.home }, () =>
    [
      `You are back: person ${personId}, on a new device called ${inert(request.name)}.`,
      "Start it with 'peernet up': it shows your 24 words once more, and contacts hear of the new device.",
      "Then take out what was lost: peernet device list, peernet device revoke <device>.",
    ].join("\n"),
  );
}
