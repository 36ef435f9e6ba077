import { readApiFile } from "../../adapters/node/home-api-file.ts";
import { ApiClient, type LanBody, type LanBrowserBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { hasScreen, openConsole } from "../open.ts";
import { formatMs, inert, table } from "../output.ts";
import { sayQr } from "../qr.ts";
import { connect, noPeer, portIn } from "./shared.ts";

async function run(context: CommandContext): Promise<number> {
  const { arguments: given } = context;
  const remove = given.text("remove");
  if (remove !== undefined) return removeBrowser(context, remove);
  if (given.flag("list")) return list(context);
  if (given.flag("off")) return close(context);
  if (given.flag("lan")) return open(context);
  if (given.text("port") !== undefined) {
    throw new CliError("usage", "--port goes with --lan. Type: peernet console --lan --port PORT");
  }
  return here(context);
}

/** The console of this machine. */
async function here({ home, output, arguments: given }: CommandContext): Promise<number> {
  const api = await readApiFile(home);
  if (api === undefined) throw noPeer(home);
  await new ApiClient(api).status();
  const consoleUrl = `${api.url}/#token=${api.token}`;
  output.result({ consoleUrl }, () => consoleUrl);
  if (!given.flag("no-open") && !output.json && hasScreen()) openConsole(home, consoleUrl);
  return EXIT.ok;
}

/** Opens it to the local network, and shows a code that pairs one browser. */
async function open(context: CommandContext): Promise<number> {
  const { output, arguments: given } = context;
  const client = await connect(context);
  const text = given.text("port");
  const lan = await client.lan.set(true, text === undefined ? undefined : portIn(text, "--port"));
  const made = await client.lan.links();
  const [first, ...others] = made.links;
  if (first === undefined) {
    throw new CliError(
      "failed",
      "This machine has no address on a local network (10.…, 172.16.… or 192.168.…). Connect it to the network of the phone, then try again.",
    );
  }
  if (!output.json && !given.flag("no-qr")) {
    await sayQr(output, first);
  }
  output.result({ ...lan, ...made }, () => [first, ...others].join("\n"));
  output.say(
    [
      `Scan it with a phone on the same network. It pairs one browser, within ${formatMs(made.expiresAtMs - Date.now())}.`,
      "The phone warns of the certificate, because nobody but this peer vouches for it. Its SHA-256 is",
      `  ${made.fingerprint}`,
      "In a network where others may pretend to be this machine, compare it before you go on.",
      "End it: peernet console --off. A single browser: peernet console --remove NAME",
    ].join("\n"),
  );
  return EXIT.ok;
}

async function close(context: CommandContext): Promise<number> {
  const lan = await (await connect(context)).lan.set(false);
  context.output.result(lan, () => "The local network is answered no more.");
  if (lan.browsers.length > 0) {
    context.output.say("Paired browsers stay paired, for when it is opened again.");
  }
  return EXIT.ok;
}

async function list(context: CommandContext): Promise<number> {
  const lan = await (await connect(context)).lan.info();
  context.output.result(lan, () => `${doorWords(lan)}\n${browserRows(lan.browsers)}`);
  return EXIT.ok;
}

function doorWords({ isOpen, port, trouble }: LanBody): string {
  if (trouble !== "") return `Not open to the local network: ${trouble}`;
  return isOpen ? `Open to the local network, port ${port}.` : "Not open to the local network.";
}

function browserRows(browsers: readonly LanBrowserBody[]): string {
  if (browsers.length === 0) return "No browser is paired. 'peernet console --lan' pairs one.";
  const rows = browsers.map(({ name, id, isHere, seenAtMs, isConnected }) => [
    inert(name),
    id,
    isHere ? "this machine" : "local network",
    isConnected ? "connected" : `seen ${new Date(seenAtMs).toLocaleString()}`,
  ]);
  return table([["browser", "id", "on", ""], ...rows]);
}

async function removeBrowser(context: CommandContext, wanted: string): Promise<number> {
  const client = await connect(context);
  const { browsers } = await client.lan.info();
  const found = browsers.filter(({ id, name }) => id === wanted || name === wanted);
  const [browser] = found;
  if (browser === undefined || found.length > 1) {
    const why =
      browser === undefined
        ? `No browser called '${inert(wanted)}' is paired.`
        : `Several browsers are called '${inert(wanted)}'; give the id.`;
    throw new CliError("usage", `${why} 'peernet console --list' shows them.`);
  }
  const lan = await client.lan.remove(browser.id);
  context.output.result(lan, () => `${inert(browser.name)} is let in no more.`);
  return EXIT.ok;
}

/** `peernet console` */
export const consoleCommand: Command = {
  name: "console",
  usage: "",
  summary: "the web page of this peer, here or on a phone in the same network",
  details:
    "Without options it prints the page's address on this machine and opens it. With --lan it answers\n" +
    "the local network by TLS, from now on also after a restart, and shows a code by which the browser\n" +
    "of a phone is paired. What such a browser may not do: devices, recovery, what this machine offers\n" +
    "to others, stopping the peer.",
  options: {
    lan: { type: "boolean", help: "answer paired browsers on the local network, and pair one" },
    off: { type: "boolean", help: "answer this machine alone again" },
    list: { type: "boolean", help: "show which browsers are paired" },
    remove: { type: "string", value: "NAME", help: "let a paired browser in no more" },
    port: { type: "string", value: "PORT", help: "with --lan: port (default: any free one, kept)" },
    "no-qr": { type: "boolean", help: "print the link alone" },
    "no-open": { type: "boolean", help: "do not open the page in a browser" },
  },
  positionals: [0, 0],
  run,
};
