import type { MountBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert, table } from "../output.ts";
import { typedCommand } from "../words.ts";
import { connect, portIn, word } from "./shared.ts";

function describeMount({ name, url, isOpen, trouble }: MountBody): readonly string[] {
  return [inert(name), isOpen ? url : `closed: ${trouble}`];
}

/** How the usual programs open a mount; a line each. */
export function waysToOpen({ url, passwordUrl, port, token }: MountBody): string {
  const bare = url.replace(/^http:/, "");
  return table([
    ["GNOME Files", `Other Locations, Connect to Server: dav:${bare}`],
    ["KDE", `in Dolphin's address line: webdav:${bare}`],
    ["macOS", `in the Finder, Go, Connect to Server: ${url}`],
    ["Windows", `net use * \\\\127.0.0.1@${port}\\${token}`],
    ["rclone", `rclone lsf --webdav-vendor owncloud --webdav-url ${url} :webdav:`],
    ["davfs2", `mount -t davfs ${passwordUrl} DIR (any user name, the token as password)`],
    ["browser", `${url} (to look at)`],
  ]);
}

async function list(context: CommandContext): Promise<number> {
  const { mounts } = await (await connect(context)).mounts();
  context.output.result(mounts, () =>
    mounts.length === 0
      ? "Nothing is mounted. 'peernet mount <folder>' mounts one."
      : table(mounts.map(describeMount)),
  );
  return EXIT.ok;
}

async function mount(context: CommandContext): Promise<number> {
  const { output, arguments: given } = context;
  const folder = word(context, 0);
  if (given.flag("list") || folder === "") return list(context);
  const text = given.text("port");
  const port = text === undefined ? 0 : portIn(text, "--port");
  const made = await (await connect(context)).mount(folder, port);
  output.result(made, () => made.url);
  output.say(`\n${waysToOpen(made)}\n`);
  output.say("Whoever knows this address on this machine reads and writes the folder.");
  output.say(`It stays, also after a restart. End it: ${typedCommand("unmount", [folder])}`);
  return EXIT.ok;
}

/** `peernet mount` */
export const mountCommand: Command = {
  name: "mount",
  usage: "[folder]",
  summary: "a folder for file managers and all programs here, as WebDAV",
  details:
    "Prints an address on 127.0.0.1 with a secret in it, which file managers open and programs read\n" +
    "and write. It stays, with the same address, until 'peernet unmount'. Without a folder it lists\n" +
    "what is mounted.",
  options: {
    port: { type: "string", value: "PORT", help: "port on 127.0.0.1 (default: any free one)" },
    list: { type: "boolean", help: "show what is mounted" },
  },
  positionals: [0, 1],
  run: mount,
};

async function unmount(context: CommandContext): Promise<number> {
  const folder = word(context, 0);
  if (folder === "") throw new CliError("usage", "Say which folder: peernet unmount <folder>");
  await (await connect(context)).unmount(folder);
  context.output.result(
    { folder, unmounted: true },
    () => `${inert(folder)} is no longer mounted.`,
  );
  return EXIT.ok;
}

/** `peernet unmount` */
export const unmountCommand: Command = {
  name: "unmount",
  usage: "<folder>",
  summary: "end a mount; the folder stays",
  options: {},
  positionals: [1, 1],
  run: unmount,
};
