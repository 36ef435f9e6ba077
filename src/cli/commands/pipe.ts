import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { readApiFile } from "../../adapters/node/home-api-file.ts";
import { resetSocket } from "../../adapters/node/reset-socket.ts";
import { ClientError } from "../../api/client/index.ts";
import { openApiStream } from "../api-stream.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { noPeer, word } from "./shared.ts";

/** Name of the service where nobody says otherwise. */
const SERVICE_USUAL = "pipe";

async function pipe(context: CommandContext): Promise<number> {
  if (context.output.json) {
    throw new CliError("usage", "Bytes go over stdin and stdout here; leave --json out.");
  }
  const api = await readApiFile(context.home);
  if (api === undefined) throw noPeer(context.home);
  const socket = await openApiStream(api, pathOf(context)).catch((cause: unknown) => {
    // Who waits for somebody lets them in for as long: a rule alone is not what is missing.
    const isRefused = cause instanceof ClientError && cause.code === "forbidden";
    if (!isRefused || context.arguments.flag("listen")) throw cause;
    const next = "If nobody waits there, they type first: peernet pipe --listen --to <your name>";
    throw new CliError("failed", `${cause.message}\n${next}`, { cause });
  });
  await passBytes(socket, context);
  return EXIT.ok;
}

function pathOf(context: CommandContext): string {
  const { arguments: given, output } = context;
  const query = new URLSearchParams();
  if (!given.flag("listen")) {
    if (word(context, 0) === "") throw new CliError("usage", "Type: peernet pipe anna");
    query.set("to", word(context, 0));
    query.set("service", given.positionals[1] ?? SERVICE_USUAL);
    return `/v1/streams?${query}`;
  }
  const service = given.positionals[0] ?? SERVICE_USUAL;
  query.set("service", service);
  for (const one of given.texts("to").flatMap((text) => text.split(","))) query.append("to", one);
  output.say(
    query.has("to")
      ? `Waiting. They type: peernet pipe <your name>${service === SERVICE_USUAL ? "" : ` ${service}`}`
      : `Waiting for whom rules allow ('peernet allow anna ${service}').`,
  );
  return `/v1/streams/listen?${query}`;
}

/** Both ways until both ends; an end is handed on, a failure is told. */
async function passBytes(socket: Socket, context: CommandContext): Promise<void> {
  context.output.say("Connected.");
  // An end would look as if everything had been sent.
  const breakOff = (): void => {
    resetSocket(socket);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, breakOff);
  process.stdin.once("error", breakOff);
  try {
    await Promise.all([
      pipeline(process.stdin, socket, { end: true }),
      pipeline(socket, process.stdout, { end: false }),
    ]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EPIPE") return;
    throw new CliError("failed", "The connection broke off; not everything has arrived.", {
      cause,
    });
  } finally {
    socket.destroy();
  }
}

/** `peernet pipe` */
export const pipeCommand: Command = {
  name: "pipe",
  usage: "<who> [service] | --listen [service]",
  summary: "stdin and stdout, connected with somebody's",
  details:
    "One side listens, the other connects; then what goes into one comes out of the other, both\n" +
    "ways, ends included. The exit code is 1 where not everything arrived.\n\n" +
    "  peernet pipe --listen --to anna > photo.jpg\n" +
    "  peernet pipe ben < photo.jpg",
  options: {
    listen: { type: "boolean", help: "wait for somebody" },
    to: { type: "string", multiple: true, value: "WHO", help: "with --listen: who may connect" },
  },
  positionals: [0, 2],
  run: pipe,
};
