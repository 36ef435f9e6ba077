import { AdapterError } from "../../adapters/node/errors.ts";
import { readApiFile } from "../../adapters/node/home-api-file.ts";
import { saveMemoryWhileReading } from "../../adapters/node/save-memory.ts";
import { parseSize } from "../../adapters/node/size-text.ts";
import { ApiClient } from "../../api/client/index.ts";
import type { PeerProfile } from "../../peer/index.ts";
import type { Arguments, Command, CommandContext } from "../command.ts";
import type { Daemon } from "../daemon/daemon.ts";
import { TUN_NAME_DEFAULT } from "../daemon/tun-name.ts";
import { CliError, EXIT } from "../errors.ts";
import { hasScreen, openConsole } from "../open.ts";
import { inert, type Output } from "../output.ts";
import { wordGrid } from "../words.ts";

const PORT_MAX = 65_535;

function portOf(parsed: Arguments, option: string): number | undefined {
  const text = parsed.text(option);
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= PORT_MAX && text !== "") return port;
  throw new CliError("usage", `--${option} needs a port of 0 to ${PORT_MAX}, not '${text}'.`);
}

async function profileOf(parsed: Arguments): Promise<PeerProfile | undefined> {
  const { PROFILES } = await import("../../peer/index.ts");
  const text = parsed.text("profile");
  const profile = PROFILES.find((known) => known === text);
  if (text === undefined || profile !== undefined) return profile;
  throw new CliError("usage", `--profile is one of ${PROFILES.join(", ")}, not '${text}'.`);
}

function quotaOf(parsed: Arguments): number | undefined {
  const text = parsed.text("give");
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes === undefined)
    throw new CliError("usage", `--give needs a size such as 20GB, not '${text}'.`);
  return bytes;
}

/** An option cannot have a value or none; so the interface's name is the one word of its own. */
function tunNameOf(parsed: Arguments): string | undefined {
  const [name] = parsed.positionals;
  if (parsed.flag("tun")) return name ?? TUN_NAME_DEFAULT;
  if (name === undefined) return undefined;
  throw new CliError("usage", `'${name}' belongs to no option. Type: peernet up [--tun [NAME]]`);
}

async function run(context: CommandContext): Promise<number> {
  const { output } = context;
  const parsed = context.arguments;
  const daemon = await start(context);
  if (daemon === undefined) return EXIT.ok;
  // A terminal that is closed is an orderly end, too: routes, names and neighbours are told.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => daemon.stop());
  }
  const { formatAddress } = await import("../../identity/index.ts");
  const address = formatAddress(daemon.peer.identity.id);
  announce(output, daemon, { home: context.home, address });
  // Where this cannot be kept, the words are shown again at the next start: no harm done.
  if (daemon.newWords !== undefined) await daemon.wordsWereShown().catch(() => undefined);
  const consoleUrl = consoleUrlOf(daemon.url, daemon.token);
  if (!parsed.flag("no-open") && !output.json && hasScreen()) {
    openConsole(context.home, consoleUrl);
  }
  const reason = await daemon.ended;
  if (reason !== undefined) throw new CliError("failed", `The peer had to stop. ${reason}`);
  output.say("Stopped.");
  return EXIT.ok;
}

/** Starts the peer; undefined where one runs on this home already, which it says. */
async function start(context: CommandContext): Promise<Daemon | undefined> {
  const { output, home } = context;
  const parsed = context.arguments;
  saveMemoryWhileReading();
  // The whole peer: no other command is to wait until all of it is read.
  const { startDaemon } = await import("../daemon/daemon.ts");
  try {
    return await startDaemon({
      home,
      name: parsed.text("name"),
      listen: parsed.texts("listen"),
      links: parsed.texts("link"),
      discovery: parsed.flag("no-discovery") ? false : undefined,
      profile: await profileOf(parsed),
      udpPort: portOf(parsed, "udp-port"),
      apiPort: portOf(parsed, "api-port") ?? 0,
      quotaBytes: quotaOf(parsed),
      blocks: parsed.text("blocks"),
      tun: tunNameOf(parsed),
      salvages: parsed.flag("salvage"),
      dnsPort: portOf(parsed, "dns-port"),
      names: parsed.flag("no-names") ? false : undefined,
      onWarning: (sentence) => output.say(sentence),
    });
  } catch (error) {
    const inUse = error instanceof AdapterError && error.code === "home-in-use";
    const api = inUse ? await readApiFile(home) : undefined;
    if (api === undefined) throw error;
    const status = await new ApiClient(api).status();
    const consoleUrl = consoleUrlOf(api.url, api.token);
    output.result({ alreadyRunning: true, ...api, consoleUrl, home, peerId: status.peerId }, () =>
      [
        `This peer runs already: ${inert(status.name)}, process ${api.pid}, home ${home}`,
        `Console  ${consoleUrl}`,
      ].join("\n"),
    );
    const isChanged = Object.keys(upCommand.options ?? {}).some(
      (name) => name !== "no-open" && (parsed.flag(name) || parsed.texts(name).length > 0),
    );
    if (isChanged) {
      output.say("Other options change nothing while it runs: 'peernet stop', then type it again.");
    }
    if (!parsed.flag("no-open") && !output.json && hasScreen()) openConsole(home, consoleUrl);
    return undefined;
  }
}

function consoleUrlOf(url: string, token: string): string {
  return `${url}/#token=${token}`;
}

function announce(
  output: Output,
  daemon: Daemon,
  { home, address }: { readonly home: string; readonly address: string },
): void {
  const { peer, name, url, token, listening, socketsOpenAtMs, newWords } = daemon;
  const peerId = peer.identity.id;
  const consoleUrl = consoleUrlOf(url, token);
  const { pid } = process;
  const words = newWords === undefined ? {} : { recoveryWords: newWords };
  if (newWords !== undefined) {
    output.say("Welcome to Peernet. These 24 words bring you back when this machine is lost.");
    output.say(
      "Write them down and keep them safe. 'peernet recovery confirm' asks later whether you did.\n",
    );
    output.say(`${wordGrid(newWords)}\n`);
  }
  output.result(
    {
      ...{ name, peerId, address, url, consoleUrl, token, pid, home, listening },
      ...{ socketsOpenAtMs, ...words },
    },
    () =>
      [
        `Name     ${inert(name)}`,
        `Address  ${address}`,
        `Home     ${home}`,
        `Console  ${consoleUrl}`,
      ].join("\n"),
  );
  output.say("Running. Ctrl-C stops it.");
}

/** `peernet up` */
export const upCommand: Command = {
  name: "up",
  usage: "[--tun [NAME]]",
  summary: "start this peer and open its console",
  details:
    "Peers on the same network find each other by themselves. Works without root. At the first start\n" +
    "it shows 24 recovery words. config.json in the home keeps settings for good.",
  options: {
    name: { type: "string", value: "NAME", help: "what others see (default: two words)" },
    listen: {
      type: "string",
      multiple: true,
      value: "tcp://ADDRESS:PORT",
      help: "accept links here",
    },
    link: {
      type: "string",
      multiple: true,
      value: "tcp://HOST:PORT",
      help: "dial this peer, always",
    },
    give: { type: "string", value: "SIZE", help: "space kept for others (default 5GB)" },
    blocks: {
      type: "string",
      value: "s3://BUCKET/PATH?endpoint=URL",
      help: "keep blocks in an S3 cluster, from now on; keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
    },
    "udp-port": { type: "string", value: "PORT", help: "UDP port (default: any free one)" },
    "api-port": {
      type: "string",
      value: "PORT",
      help: "console's port (default: the one it had, or any free one)",
    },
    profile: {
      type: "string",
      value: "KIND",
      help: "computer, phone or radio: how much of the mesh to keep in mind",
    },
    tun: {
      type: "boolean",
      help: `virtual interface NAME (default ${TUN_NAME_DEFAULT}): any program reaches peers by name and address; needs root`,
    },
    "dns-port": {
      type: "string",
      value: "PORT",
      help: "answer DNS questions about names such as anna.peer.alt at 127.0.0.1, UDP port PORT",
    },
    "no-names": {
      type: "boolean",
      help: "with --tun: leave the system's settings for names alone (/etc/hosts, systemd-resolved)",
    },
    salvage: {
      type: "boolean",
      help: "where records are damaged: go on with those that can be read, keep the others aside",
    },
    "no-discovery": { type: "boolean", help: "do not look around on local networks" },
    "no-open": { type: "boolean", help: "do not open the console in a browser" },
  },
  positionals: [0, 1],
  run,
};
