import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { FileVersionBody, FolderBody, FoldersClient } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import type { FolderTarget } from "../folder-transfer.ts";
import { formatBytes, inert, table } from "../output.ts";
import { counted, typedCommand } from "../words.ts";
import { connect, outputFile, underWord, word } from "./shared.ts";

/** One word after `peernet folder`. */
interface Action {
  readonly usage: string;
  /** Words that must follow. */
  readonly words: number;
  run(context: CommandContext, client: FoldersClient): Promise<void>;
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
}

function describe({ id, name, mayWrite, files, sizeBytes, conflicts, missing }: FolderBody) {
  const notes = [
    ...(mayWrite ? [] : ["read only"]),
    ...(conflicts > 0 ? [`${conflicts} in conflict`] : []),
    ...(missing > 0 ? [`${missing} changes on their way`] : []),
  ];
  return [inert(name), `${files} files`, formatBytes(sizeBytes), id, notes.join(", ")];
}

function targetOf(context: CommandContext, client: FoldersClient): FolderTarget {
  return {
    client,
    folder: word(context, 1),
    resolve: context.arguments.flag("resolve"),
    onFile: (done, total) => context.output.progress("files", done, total),
  };
}

function versionRow(version: FileVersionBody): readonly string[] {
  const { writtenAtMs, writer, sizeBytes, isCurrent } = version;
  const size = formatBytes(sizeBytes);
  return [timeText(writtenAtMs), inert(writer), size, isCurrent ? "now" : "", version.version];
}

const whole: Readonly<Record<string, Action>> = {
  new: {
    usage: "new <name>",
    words: 1,
    run: async (context, client) => {
      const name = word(context, 1);
      if ((await client.list()).some((folder) => folder.name === name)) {
        const message = `There is a folder '${inert(name)}' here already; two of one name could only be told apart by their ids. Choose another name.`;
        throw new CliError("failed", message);
      }
      const made = await client.create(name);
      context.output.result(made, () => `${inert(made.name)} is made (${made.id}).`);
      context.output.say(`Let others in: ${typedCommand("folder share", [made.name])}`);
    },
  },
  list: {
    usage: "list",
    words: 0,
    run: async ({ output }, client) => {
      const folders = await client.list();
      output.result(folders, () =>
        folders.length === 0
          ? "No folder yet. 'peernet folder new photos' makes one."
          : table(folders.map(describe)),
      );
    },
  },
  add: {
    usage: "add <link> [name]",
    words: 1,
    run: async (context, client) => {
      const name = word(context, 2);
      const joined = await client.join(word(context, 1), name === "" ? undefined : name);
      context.output.result(joined, () => `${inert(joined.name)} is here now (${joined.id}).`);
    },
  },
  share: {
    usage: "share <folder> [--read]",
    words: 1,
    run: async (context, client) => {
      const links = await client.links(word(context, 1));
      const link = context.arguments.flag("read") ? links.read : links.write;
      if (link === null) {
        throw new CliError("failed", "You may only read this folder. Pass that on with --read.");
      }
      context.output.result({ link }, () => link);
      context.output.say(
        "Whoever has the link keeps what it lets them do: to shut somebody out, make a new folder and copy into it.",
      );
    },
  },
  leave: {
    usage: "leave <folder>",
    words: 1,
    run: async (context, client) => {
      const folder = word(context, 1);
      await client.leave(folder);
      context.output.result({ folder, left: true }, () => `${folder} is no longer kept here.`);
    },
  },
  conflicts: {
    usage: "conflicts <folder>",
    words: 1,
    run: async (context, client) => {
      const { conflicts } = await client.conflicts(word(context, 1));
      context.output.result({ conflicts }, () =>
        conflicts.length === 0
          ? "Nothing was written at the same time."
          : conflicts
              .map(({ path, versions }) => `${inert(path)}\n${table(versions.map(versionRow))}`)
              .join("\n"),
      );
    },
  },
};

const content: Readonly<Record<string, Action>> = {
  ls: {
    usage: "ls <folder> [path]",
    words: 1,
    run: async (context, client) => {
      const entries = await client.entries(word(context, 1), word(context, 2));
      const row = (entry: (typeof entries)[number]): readonly string[] => {
        const { name, kind, sizeBytes, modifiedAtMs, conflict } = entry;
        if (kind === "folder") return ["", "", `${inert(name)}/`];
        const note = conflict === true ? "  (one of several versions)" : "";
        return [timeText(modifiedAtMs), formatBytes(sizeBytes), inert(name) + note];
      };
      context.output.result({ entries }, () =>
        entries.length === 0 ? "Nothing is in it." : table(entries.map(row)),
      );
    },
  },
  put: {
    usage: "put <folder> <file or directory> [path] [--resolve]",
    words: 2,
    run: async (context, client) => {
      const { upload } = await import("../folder-transfer.ts");
      const done = await upload(targetOf(context, client), word(context, 2), word(context, 3));
      context.output.result(
        done,
        () => `${counted(done.files, "file")}, ${formatBytes(done.sizeBytes)}.`,
      );
    },
  },
  get: {
    usage: "get <folder> <path> [-o FILE or DIRECTORY]",
    words: 2,
    run: async (context, client) => {
      const target = outputFile(context);
      const path = word(context, 2);
      if (target !== undefined) {
        const { download } = await import("../folder-transfer.ts");
        const done = await download(targetOf(context, client), path, target);
        context.output.result(
          done,
          () => `${counted(done.files, "file")}, ${formatBytes(done.sizeBytes)}.`,
        );
        return;
      }
      if (context.output.json) {
        throw new CliError("usage", "With --json the bytes need a file: add -o FILE.");
      }
      const { body } = await client.get(word(context, 1), path);
      if (body === null) throw new CliError("failed", "The peer sent no bytes.");
      const source = Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
      await pipeline(source, process.stdout, { end: false });
    },
  },
  mkdir: {
    usage: "mkdir <folder> <path>",
    words: 2,
    run: async (context, client) => {
      const path = word(context, 2);
      await client.makeDirectory(word(context, 1), path);
      context.output.result({ path }, () => `${path} is there.`);
    },
  },
  rm: {
    usage: "rm <folder> <path>",
    words: 2,
    run: async (context, client) => {
      const path = word(context, 2);
      await client.remove(word(context, 1), path);
      context.output.result({ path, removed: true }, () => `${path} is removed.`);
      context.output.say("Its last versions can be had back: peernet folder history, restore.");
    },
  },
  mv: {
    usage: "mv <folder> <path> <new path>",
    words: 3,
    run: async (context, client) => {
      const [from, to] = [word(context, 2), word(context, 3)];
      await client.move(word(context, 1), from, to);
      context.output.result({ from, to }, () => `${from} is ${to} now.`);
    },
  },
  history: {
    usage: "history <folder> <path>",
    words: 2,
    run: async (context, client) => {
      const { versions } = await client.history(word(context, 1), word(context, 2));
      context.output.result({ versions }, () => table(versions.map(versionRow)));
    },
  },
  restore: {
    usage: "restore <folder> <path> <version>",
    words: 3,
    run: async (context, client) => {
      const [path, version] = [word(context, 2), word(context, 3)];
      await client.restore(word(context, 1), path, version);
      context.output.result({ path, version }, () => `${path} is that version now.`);
    },
  },
};

const ACTIONS: Readonly<Record<string, Action>> = { ...whole, ...content };

/** `peernet folder` */
export const folderCommand: Command = {
  name: "folder",
  usage: `<${Object.keys(ACTIONS).join("|")}> …`,
  summary: "folders that several devices and people write",
  details:
    "Everybody who has the link of a folder may do in it what the link says, also while nobody else\n" +
    "is within reach. What was written at the same time is kept, all of it, and shown side by side.\n\n" +
    Object.values(ACTIONS)
      .map(({ usage }) => `  peernet folder ${usage}`)
      .join("\n"),
  options: {
    output: { type: "string", short: "o", value: "FILE", help: "where 'get' writes" },
    read: { type: "boolean", help: "share: a link that lets read only" },
    resolve: {
      type: "boolean",
      help: "put: in place of all versions that were written at the same time",
    },
  },
  positionals: [1, 4],
  run: async (context) => {
    const action = underWord(ACTIONS, word(context, 0));
    if (action === undefined || context.arguments.positionals.length <= action.words) {
      const usage = action?.usage ?? `<${Object.keys(ACTIONS).join("|")}>`;
      throw new CliError("usage", `Type: peernet folder ${usage}`);
    }
    await action.run(context, (await connect(context)).folders);
    return EXIT.ok;
  },
};
