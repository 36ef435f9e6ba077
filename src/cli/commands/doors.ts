import type { ForwardBody, ServedBody } from "../../api/client/index.ts";
import { groupIn } from "../chat-words.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert } from "../output.ts";
import { connect, portIn, word } from "./shared.ts";

/** Local port (perhaps none), somebody (an address in brackets), and a port or service. */
const FORWARD = /^(?:(\d+):)?(\[[^\]]+\]|[^:]+):([^:]+)$/;

function describeForward({ port, who, to, isOpen, trouble }: ForwardBody): string {
  const state = isOpen ? "" : ` - closed: ${trouble}`;
  return `127.0.0.1:${port} leads to ${to} of ${inert(who)}${state}`;
}

async function forward(context: CommandContext): Promise<number> {
  const text = word(context, 0);
  const { output, arguments: given } = context;
  if (given.flag("list") || text === "") {
    if (!given.flag("list")) throw new CliError("usage", "Type: peernet forward 8080:anna:80");
    const { forwards } = await (await connect(context)).gateway();
    output.result(forwards, () =>
      forwards.length === 0
        ? "No port is forwarded. 'peernet forward 8080:anna:80' forwards one."
        : forwards.map(describeForward).join("\n"),
    );
    return EXIT.ok;
  }
  if (given.flag("stop")) {
    const port = portIn(text.split(":")[0] ?? "", "The port to stop");
    await (await connect(context)).unforward(port);
    output.result({ port, stopped: true }, () => `Port ${port} is no longer forwarded.`);
    return EXIT.ok;
  }
  const [, local, who = "", to = ""] = FORWARD.exec(text) ?? [];
  if (who === "") {
    throw new CliError(
      "usage",
      `'${text}' is not understood. Type: peernet forward 8080:anna:80 (local port, who, their port or service)`,
    );
  }
  const port = local === undefined ? 0 : portIn(local, "The local port");
  const made = await (await connect(context)).forward(port, who.replace(/^\[|\]$/g, ""), to);
  output.result(made, () => describeForward(made));
  output.say(`It stays, also after a restart. Stop it: peernet forward ${made.port} --stop`);
  return EXIT.ok;
}

/** `peernet forward` */
export const forwardCommand: Command = {
  name: "forward",
  usage: "<port>:<who>:<port or service>",
  summary: "a port of this machine that leads to somebody's",
  details:
    "Programs here connect to 127.0.0.1 and talk to the other machine, over however many hops. The\n" +
    "other side must have allowed it (peernet allow) or serve it (peernet serve).\n\n" +
    "  peernet forward 8080:anna:80      then open http://127.0.0.1:8080\n" +
    "  peernet forward 8080:anna:photos  by the name she serves it under\n" +
    "  peernet forward anna:22           any free port here\n" +
    "  peernet forward 8080 --stop",
  options: {
    list: { type: "boolean", help: "show what is forwarded" },
    stop: { type: "boolean", help: "forward this port no longer" },
  },
  positionals: [0, 1],
  run: forward,
};

function describeServed({ port, name, to }: ServedBody): string {
  const people = to.length === 0 ? "whom rules allow" : to.map(inert).join(", ");
  return `port ${port}${name === null ? "" : ` as '${name}'`} for ${people}`;
}

async function serve(context: CommandContext): Promise<number> {
  const { output, arguments: given } = context;
  if (given.flag("list")) {
    const { served, programs } = await (await connect(context)).gateway();
    output.result({ served, programs }, () =>
      served.length === 0
        ? "Nothing is served. 'peernet serve 3000 --to anna' serves a port."
        : served.map(describeServed).join("\n"),
    );
    return EXIT.ok;
  }
  const text = word(context, 0);
  if (text === "") throw new CliError("usage", "Type: peernet serve 3000 --to anna");
  if (given.flag("stop")) {
    await (await connect(context)).unserve(text);
    output.result({ which: text, stopped: true }, () => `${text} is no longer served.`);
    return EXIT.ok;
  }
  const port = portIn(text, "The port to serve");
  const to = given
    .texts("to")
    .flatMap((one) => one.split(","))
    .map((one) => groupIn(one) ?? one);
  if (to.length === 0) {
    throw new CliError(
      "usage",
      `Say for whom: peernet serve ${port} --to anna (a contact or a group)`,
    );
  }
  const name = given.text("as");
  const request = { port, to, ...(name === undefined ? {} : { name }) };
  const client = await connect(context);
  const before = (await client.gateway()).served.find((one) => one.port === port);
  const served = await client.serve(request);
  output.result(served, () => `Serving ${describeServed(served)}.`);
  if (before !== undefined && describeServed(before) !== describeServed(served)) {
    output.say(
      `Until now it was ${describeServed(before)}; that has ended. Name all of them with --to.`,
    );
  }
  output.say(`They type: peernet forward 8080:<your name>:${served.name ?? port}`);
  return EXIT.ok;
}

/** `peernet serve` */
export const serveCommand: Command = {
  name: "serve",
  usage: "<port>",
  summary: "share a port of this machine with somebody",
  details:
    "The people you name reach the program on that port of 127.0.0.1; nobody else does. It stays,\n" +
    "also after a restart, until --stop. Serving the same port again takes the place of what was.\n\n" +
    "  peernet serve 3000 --to anna --to ben\n" +
    "  peernet serve 3000 --as photos --to family",
  options: {
    as: { type: "string", value: "NAME", help: "what it is called for others" },
    to: { type: "string", multiple: true, value: "WHO", help: "contact or group; may be repeated" },
    list: { type: "boolean", help: "show what is served" },
    stop: { type: "boolean", help: "serve this port or name no longer" },
  },
  positionals: [0, 1],
  run: serve,
};

async function proxy(context: CommandContext): Promise<number> {
  const { output, arguments: given } = context;
  const client = await connect(context);
  if (given.flag("off")) {
    await client.closeProxy();
    output.result({ port: null }, () => "The proxy is off.");
    return EXIT.ok;
  }
  const text = given.text("port");
  const { port } = await client.openProxy(text === undefined ? undefined : portIn(text, "--port"));
  output.result({ port, host: "127.0.0.1" }, () =>
    [
      `The proxy listens on 127.0.0.1:${port}, SOCKS 5 and HTTP CONNECT on one port.`,
      "",
      `Browser  SOCKS host 127.0.0.1, port ${port}, SOCKS v5, and tick 'Proxy DNS when using SOCKS v5'`,
      `curl     curl -x socks5h://127.0.0.1:${port} http://anna.peer.alt/`,
      `git      git -c http.proxy=socks5h://127.0.0.1:${port} clone http://anna.peer.alt/repository`,
      `ssh      ssh -o ProxyCommand='nc -X 5 -x 127.0.0.1:${port} %h %p' anna.peer.alt`,
      "",
      "Names of contacts end with .peer.alt, services come before: photos.anna.peer.alt.",
      "Other hosts go out by the uplink of 'peernet gateway use <who>', and nowhere else.",
    ].join("\n"),
  );
  return EXIT.ok;
}

/** `peernet proxy` */
export const proxyCommand: Command = {
  name: "proxy",
  usage: "",
  summary: "a proxy for browsers and other programs",
  details:
    "Opens a SOCKS 5 and HTTP CONNECT proxy on 127.0.0.1 through which programs reach your contacts\n" +
    "by name, and the internet by a contact's uplink. It stays on, also after a restart, until --off.",
  options: {
    port: { type: "string", value: "PORT", help: "port on 127.0.0.1 (default 1080)" },
    off: { type: "boolean", help: "close it" },
  },
  positionals: [0, 0],
  run: proxy,
};
