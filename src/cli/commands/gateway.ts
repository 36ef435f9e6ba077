import { parseSize } from "../../adapters/node/size-text.ts";
import type {
  FullTunnelBody,
  GatewayBody,
  MeterBody,
  ShareBody,
  UplinkBody,
} from "../../api/client/index.ts";
import { TypedError } from "../../base/errors.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes, inert, table } from "../output.ts";
import { connect, word } from "./shared.ts";

const RATE = /^(\d{1,9}(?:\.\d{1,3})?) ?([kMG])bit(?:\/s)?$/i;
const RATE_UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9 };

/** Bits per second of a text such as "10Mbit", or undefined where it is none. */
export function parseRate(text: string): number | undefined {
  const [, number, unit = ""] = RATE.exec(text.trim()) ?? [];
  const bits = Math.round(Number(number) * (RATE_UNITS[unit.toUpperCase()] ?? Number.NaN));
  return Number.isSafeInteger(bits) && bits > 0 ? bits : undefined;
}

/** Bytes per day of a text such as "2GB/day", or undefined where it is none. */
export function parseQuota(text: string): number | undefined {
  return parseSize(text.trim().replace(/\s*\/\s*day$/i, ""));
}

function formatRate(bits: number): string {
  const [value, unit] =
    bits >= 1e9 ? [bits / 1e9, "G"] : bits >= 1e6 ? [bits / 1e6, "M"] : [bits / 1e3, "k"];
  return `${Number(value.toFixed(2))} ${unit}bit/s`;
}

function describeShare(share: ShareBody): string {
  const { to, kind, quotaBytes, rateBits, usedTodayBytes, fullTunnel } = share;
  const name = kind === "group" ? `${inert(to)} (group)` : inert(to);
  const used = formatBytes(usedTodayBytes);
  const quota =
    quotaBytes === null ? `${used} today, no limit` : `${used} of ${formatBytes(quotaBytes)} today`;
  const rate = rateBits === null ? "" : `, at most ${formatRate(rateBits)}`;
  return `${name}: ${quota}${rate}${fullTunnel ? ", full tunnel too" : ""}`;
}

async function share(context: CommandContext): Promise<number> {
  const { arguments: given, output } = context;
  const to = given.text("to");
  if (to === undefined) {
    throw new CliError("usage", "Say with whom: peernet gateway share --to anna --quota 2GB/day");
  }
  const [quota, rate] = [given.text("quota"), given.text("rate")];
  const quotaBytes = quota === undefined ? undefined : parseQuota(quota);
  if (quota !== undefined && quotaBytes === undefined) {
    throw new CliError("usage", `--quota needs a size such as 2GB/day, not '${quota}'.`);
  }
  const rateBits = rate === undefined ? undefined : parseRate(rate);
  if (rate !== undefined && rateBits === undefined) {
    throw new CliError("usage", `--rate needs a rate such as 10Mbit, not '${rate}'.`);
  }
  const made = await (await connect(context)).shareUplink({
    to,
    ...(quotaBytes === undefined ? {} : { quotaBytes }),
    ...(rateBits === undefined ? {} : { rateBits }),
    alsoTo: given.texts("also"),
    fullTunnel: given.flag("full-tunnel"),
    meteredOk: given.flag("metered-ok"),
  });
  output.result(made, () => `Shared with ${describeShare(made)}`);
  output.say("They reach the internet with your address: sites and authorities see you, not them.");
  output.say(`They type: peernet gateway use <your name>. Stop it: peernet gateway off share`);
  return EXIT.ok;
}

async function use(context: CommandContext): Promise<number> {
  const who = word(context, 1);
  if (who === "") throw new CliError("usage", "Say whose: peernet gateway use anna");
  const client = await connect(context);
  const isFull = context.arguments.flag("full-tunnel");
  const uplink = await client.useUplink(who, isFull);
  if (isFull) return fullTunnelBegun(context, uplink, who);
  const { proxy } = await client.gateway();
  context.output.result(
    uplink,
    () => `Programs that use the proxy reach the internet through ${inert(uplink.use ?? who)}.`,
  );
  context.output.say(
    proxy.port === null
      ? "The proxy is off; open it: peernet proxy"
      : `The proxy is 127.0.0.1:${proxy.port}. When ${inert(uplink.use ?? who)} is not in reach, nothing goes out.`,
  );
  return EXIT.ok;
}

function fullTunnelBegun(context: CommandContext, uplink: UplinkBody, who: string): number {
  const name = inert(uplink.use ?? who);
  context.output.result(
    uplink,
    () =>
      `From now on all of this machine's internet goes through ${name}, and none by its own line.`,
  );
  context.output.say(`Questions about names go there too; sites see the address of ${name}.`);
  context.output.say(
    `While ${name} is not in reach nothing goes out, also when Peernet ends by a crash.\n` +
      "How it is: peernet gateway status. Your own line back: peernet gateway off use",
  );
  return EXIT.ok;
}

/** Nobody answers; a peer that answers that it is busy is there. */
function isNobodyThere(error: unknown): boolean {
  if (!(error instanceof TypedError)) return false;
  return error.code === "no-peer" || (error.code === "unavailable" && error.cause !== undefined);
}

/** A peer that was killed has left this machine's own line shut, and nobody else opens it. */
async function offWithoutPeer(
  { output }: CommandContext,
  what: string,
  cause: unknown,
): Promise<number> {
  if (what === "share" || process.platform !== "linux") throw cause;
  const { openLeftovers } = await import("../daemon/full-tunnel.ts");
  if (!openLeftovers()) throw cause;
  output.result({ opened: true }, () => "No peer runs. This machine has its own line back.");
  output.say("The next start shuts it again, unless you then type: peernet gateway off use");
  return EXIT.ok;
}

async function off(context: CommandContext): Promise<number> {
  const what = word(context, 1) === "" ? "all" : word(context, 1);
  if (what !== "share" && what !== "use" && what !== "all") {
    throw new CliError("usage", `Type: peernet gateway off [share|use], not '${what}'.`);
  }
  let uplink: UplinkBody;
  try {
    uplink = await (await connect(context)).uplinkOff(what);
  } catch (error) {
    if (!isNobodyThere(error)) throw error;
    return await offWithoutPeer(context, what, error);
  }
  context.output.result(uplink, () =>
    what === "all"
      ? "No uplink is shared and none is used."
      : what === "share"
        ? "No uplink is shared."
        : "No uplink is used.",
  );
  return EXIT.ok;
}

function meterRow({
  role,
  who,
  peerId,
  upBytes,
  downBytes,
  todayBytes,
  ...rest
}: MeterBody): string[] {
  const { agreed, disputed } = rest;
  const state = disputed
    ? "the other side counts otherwise"
    : agreed === null
      ? "nothing signed yet"
      : `both signed ${formatBytes(agreed.upBytes + agreed.downBytes)} (reading ${agreed.seq})`;
  const name = who === null ? peerId : inert(who);
  return [
    role === "exit" ? `${name} through me` : `me through ${name}`,
    ...[formatBytes(upBytes), formatBytes(downBytes), formatBytes(todayBytes), state],
  ];
}

function describeFullTunnel({ state, words, users }: FullTunnelBody): string[] {
  const served = users === null ? [] : [`full tunnels served here: ${users}`];
  if (state === "off") return served;
  const using =
    state === "up"
      ? "all internet of this machine goes by it"
      : `nothing goes out. ${inert(words)}`;
  return [`full tunnel: ${using}`, ...served];
}

function describeStatus({ uplink, proxy, refusals }: GatewayBody): string {
  const heading = ["UPLINK", "UP", "DOWN", "TODAY", "READING"];
  const shared = uplink.shares.map((one) => `shared with ${describeShare(one)}`);
  const state =
    proxy.port === null ? "off" : proxy.isOpen ? `127.0.0.1:${proxy.port}` : proxy.trouble;
  return [
    ...(uplink.metered ? ["this machine's line costs by the byte"] : []),
    ...(shared.length === 0 ? ["shared with nobody"] : shared),
    uplink.use === null ? "using nobody's" : `using that of ${inert(uplink.use)}`,
    ...describeFullTunnel(uplink.fullTunnel),
    `proxy: ${state}`,
    ...(uplink.meters.length === 0 ? [] : ["", table([heading, ...uplink.meters.map(meterRow)])]),
    ...(refusals.length === 0 ? [] : ["", "Lately refused:"]),
    ...refusals.map(
      ({ atMs, words }) => `  ${new Date(atMs).toLocaleTimeString()}  ${inert(words)}`,
    ),
  ].join("\n");
}

async function status(context: CommandContext): Promise<number> {
  const found = await (await connect(context)).gateway();
  context.output.result(found, () => describeStatus(found));
  return EXIT.ok;
}

function run(context: CommandContext): Promise<number> {
  switch (word(context, 0)) {
    case "share":
      return share(context);
    case "use":
      return use(context);
    case "off":
      return off(context);
    case "status":
    case "":
      return status(context);
    default:
      throw new CliError(
        "usage",
        `Type: peernet gateway share, use, off or status, not '${word(context, 0)}'.`,
      );
  }
}

/** `peernet gateway` */
export const gatewayCommand: Command = {
  name: "gateway",
  usage: "<share|use|off|status> [who]",
  summary: "share your internet with somebody, or use theirs",
  details:
    "Off until you say so. Whoever you share with reaches the internet through your machine, not your\n" +
    "local network; both sides count the bytes and sign what they agree on. Names of hosts are looked\n" +
    "up there, and when the other side is gone nothing goes out by your own line.\n" +
    "Programs use it by the proxy. With --full-tunnel on both sides (Linux, both peers started by\n" +
    "root) everything does, whether it knows of proxies or not: no traffic and no question about a\n" +
    "name goes by your own line until you type 'gateway off', not even after a crash.\n\n" +
    "  peernet gateway share --to anna --quota 2GB/day --rate 10Mbit\n" +
    "  peernet gateway use ben        then: peernet proxy\n" +
    "  peernet gateway use ben --full-tunnel\n" +
    "  peernet gateway status\n" +
    "  peernet gateway off            or: off share, off use",
  options: {
    to: { type: "string", value: "WHO", help: "with share: a contact or a group" },
    quota: { type: "string", value: "SIZE", help: "with share: bytes per day, such as 2GB/day" },
    rate: { type: "string", value: "RATE", help: "with share: at most this fast, such as 10Mbit" },
    also: {
      type: "string",
      multiple: true,
      value: "RANGE",
      help: "with share: local addresses that may be reached too, such as 192.168.1.0/24",
    },
    "metered-ok": {
      type: "boolean",
      help: "with share: also while this machine's line costs by the byte",
    },
    "full-tunnel": {
      type: "boolean",
      help: "with share: carry packets too; with use: all of this machine's internet",
    },
  },
  positionals: [0, 2],
  run,
};
