import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { whyUnread, whyUnwritten } from "../../adapters/node/file-words.ts";
import {
  type AnchorBody,
  type AnchorsBody,
  type ApiClient,
  type CarriedInBody,
  ClientError,
} from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes, inert, table } from "../output.ts";
import { writeWholeFile } from "../whole-file.ts";
import { counted, typedCommand } from "../words.ts";
import { connect, word } from "./shared.ts";

/** `peernet messages` */
export const messagesCommand: Command = {
  name: "messages",
  usage: "<why ID|receipts [on|off]>",
  summary: "why a message is not delivered; whether others learn that you have read theirs",
  details:
    "Ids of messages are shown by 'peernet inbox --all --ids'. Receipts are off until you turn them on.",
  positionals: [1, 2],
  async run(context) {
    const [what] = context.arguments.positionals;
    if (what === "why") return why(context, word(context, 1));
    if (what === "receipts") return receipts(context, context.arguments.positionals[1]);
    throw new CliError("usage", "Type: peernet messages why ID, or: peernet messages receipts on");
  },
};

async function why(context: CommandContext, id: string): Promise<number> {
  if (id === "") {
    throw new CliError("usage", "Which message? 'peernet inbox --all --ids' shows their ids.");
  }
  const found = await (await connect(context)).post.why(id);
  context.output.result(found, () => {
    const lines = [inert(found.words), ...(found.advice === "" ? [] : [inert(found.advice)])];
    if (found.devices.length > 1) {
      for (const { name, words } of found.devices) lines.push(`  ${inert(name)}: ${inert(words)}`);
    }
    return lines.join("\n");
  });
  return EXIT.ok;
}

async function receipts(context: CommandContext, wish: string | undefined): Promise<number> {
  const { post } = await connect(context);
  if (wish !== undefined && wish !== "on" && wish !== "off") {
    throw new CliError(
      "usage",
      "Type: peernet messages receipts on, or: peernet messages receipts off",
    );
  }
  const now =
    wish === undefined ? await post.settings() : await post.set({ receipts: wish === "on" });
  context.output.result(now, () =>
    now.receipts
      ? "Those who write to you are told when you have read it."
      : "Nobody is told when you have read their messages.",
  );
  return EXIT.ok;
}

const ACTS = ["ask", "agree", "refuse", "stop", "release"] as const;

/** Days for which somebody can hold letters. */
const DAYS_FEWEST = 7;
const DAYS_MOST = 60;

/** `peernet anchors` */
export const anchorsCommand: Command = {
  name: "anchors",
  usage: "[ask|agree|refuse|stop|release <who>]",
  summary: "contacts who hold letters for you while you are away, and those for whom you do",
  details:
    "Up to 3 contacts can hold your letters. You ask, they agree:\n" +
    "  peernet anchors ask anna       ask Anna to hold letters for you\n" +
    "  peernet anchors agree ben      hold letters for Ben, who has asked\n" +
    "  peernet anchors refuse ben     say no (or 'stop', where you had agreed)\n" +
    "  peernet anchors release anna   Anna need not hold them any more\n" +
    "What they hold is sealed: they see how much it is and when it comes, never what.",
  options: {
    bytes: {
      type: "string",
      value: "N",
      help: "with agree: hold at most so many bytes (default 4 MB)",
    },
    days: {
      type: "string",
      value: "N",
      help: "with agree: hold a letter so long, 7 to 60 (default 14)",
    },
  },
  positionals: [0, 2],
  async run(context) {
    const [given] = context.arguments.positionals;
    const { post } = await connect(context);
    if (given === undefined) return showAnchors(context, await post.anchors());
    const act = ACTS.find((one) => one === given);
    const who = word(context, 1);
    if (act === undefined || who === "") {
      throw new CliError("usage", `Type: peernet anchors ${ACTS.join("|")} WHO`);
    }
    const terms = {
      ...numberOf(context, "bytes", "bytesMax"),
      ...daysOf(context),
    };
    const now = await post.anchor(act === "stop" ? "refuse" : act, who, terms);
    return showAnchors(context, now);
  },
};

function numberOf(context: CommandContext, option: string, name: string): Record<string, number> {
  const text = context.arguments.text(option);
  if (text === undefined) return {};
  if (/^[1-9]\d{0,11}$/.test(text)) return { [name]: Number(text) };
  throw new CliError("usage", `--${option} needs a whole number, not '${text}'.`);
}

function daysOf(context: CommandContext): Record<string, number> {
  const given = numberOf(context, "days", "days");
  const days = given["days"] ?? DAYS_FEWEST;
  if (days >= DAYS_FEWEST && days <= DAYS_MOST) return given;
  throw new CliError(
    "usage",
    `--days is a number of ${DAYS_FEWEST} to ${DAYS_MOST}, not '${days}'.`,
  );
}

function showAnchors(context: CommandContext, body: AnchorsBody): number {
  context.output.result(body, () => {
    const rows = body.anchors.map((one) => [inert(one.name), roleWords(one), heldWords(one)]);
    const carried =
      body.carriedLetters === 0
        ? []
        : [
            `You carry ${counted(body.carriedLetters, "letter")} for others (${formatBytes(body.carriedBytes)}).`,
          ];
    const none =
      "Nobody holds letters for you, and you hold none. Ask a contact: peernet anchors ask WHO";
    const list = rows.length === 0 ? none : table([["WHO", "WHAT", "HELD NOW"], ...rows]);
    return [list, ...carried].join("\n");
  });
  return EXIT.ok;
}

function roleWords({ name, role, state, bytesMax, days }: AnchorBody): string {
  const terms = `up to ${formatBytes(bytesMax)}, ${days} days`;
  if (role === "anchor") {
    if (state === "agreed") return `holds letters for you (${terms})`;
    return state === "asked"
      ? "was asked to hold letters for you"
      : "does not hold letters for you";
  }
  if (state === "agreed") return `you hold letters for them (${terms})`;
  return state === "asked"
    ? `asks you to hold letters: ${typedCommand("anchors agree", [name])}; or 'refuse' in place of 'agree'`
    : "you do not hold letters for them";
}

function heldWords({ role, state, heldLetters, heldBytes }: AnchorBody): string {
  if (role !== "owner" || state !== "agreed") return "";
  return heldLetters === 0
    ? "nothing"
    : `${counted(heldLetters, "letter")}, ${formatBytes(heldBytes)}`;
}

/** How files of letters end that are put into a folder. */
const CARRY_ENDING = ".carry";

/** `peernet carry` */
export const carryCommand: Command = {
  name: "carry",
  usage: "<out|in> <file or folder>",
  summary: "take letters from place to place by hand, on a USB stick for instance",
  details:
    "'carry out' writes the letters that wait here (your own and those held for others) into a file;\n" +
    "'carry in' takes them in where the recipients, or somebody who meets them, are. Nobody on the way\n" +
    "can read them, and each arrives once, however often it is carried. What was paid over a line goes\n" +
    "along. A folder, such as that of a stick, gets a file of its own; all such files in it are taken in.",
  options: {
    to: { type: "string", value: "WHO", help: "out: only letters for this contact" },
    bytes: { type: "string", value: "N", help: "out: a file of at most so many bytes" },
  },
  positionals: [2, 2],
  async run(context) {
    const [way, file = ""] = context.arguments.positionals;
    if (way === "out") return carryOut(context, file);
    if (way === "in") return carryIn(context, file);
    throw new CliError("usage", "Type: peernet carry out FILE, or: peernet carry in FILE");
  },
};

async function carryOut(context: CommandContext, place: string): Promise<number> {
  const to = context.arguments.text("to");
  const wish = { ...(to === undefined ? {} : { to }), ...numberOf(context, "bytes", "bytesMax") };
  const client = await connect(context);
  const { file, letters, left } = await client.post.carryOut(wish);
  const isFolder = (await stat(place).catch(() => undefined))?.isDirectory() === true;
  // Several people's letters may be on one stick.
  const path = isFolder
    ? join(place, `peernet-${(await client.status()).peerId.slice(-8)}${CARRY_ENDING}`)
    : place;
  await writeWholeFile(path, file).catch((cause: Error) => {
    throw new CliError(
      "failed",
      `${path} cannot be written: ${whyUnwritten(cause)}. Choose another place.`,
      { cause },
    );
  });
  context.output.result({ path, letters, left, sizeBytes: file.length }, () =>
    letters === 0
      ? left > 0
        ? `No letter fits: ${path} is empty.`
        : "Nothing waits here: the file is empty."
      : `${counted(letters, "letter")} in ${path} (${formatBytes(file.length)}).`,
  );
  if (left > 0)
    context.output.say(
      `${counted(left, "letter")} did not fit. Make a larger file, or another one.`,
    );
  return EXIT.ok;
}

async function carryIn(context: CommandContext, place: string): Promise<number> {
  const client = await connect(context);
  const sum = { ...NOTHING_CARRIED };
  const files = await filesOf(place);
  let failure: Error | undefined;
  for (const path of files) {
    const done = await carryInFile(client, path).catch((error: unknown) => {
      const isTold = error instanceof CliError || error instanceof ClientError;
      if (!isTold) throw error;
      // One that is damaged keeps none of the others out.
      if (files.length > 1) context.output.say(`${inert(path)}: ${error.message}`);
      failure = error;
      return NOTHING_CARRIED;
    });
    for (const key of COUNTS) sum[key] += done[key];
  }
  if (failure !== undefined && files.length === 1) throw failure;
  context.output.result(sum, () => carriedWords(sum));
  return failure === undefined ? EXIT.ok : EXIT.failed;
}

const COUNTS = ["letters", "delivered", "repeated", "kept", "refused"] as const;
const NOTHING_CARRIED: CarriedInBody = {
  ...{ letters: 0, delivered: 0, repeated: 0, kept: 0, refused: 0 },
};

/** The file, or those of a folder that hold letters. @throws CliError("failed") where there are none */
async function filesOf(place: string): Promise<readonly string[]> {
  if ((await stat(place).catch(() => undefined))?.isDirectory() !== true) return [place];
  const all = await readdir(place).catch((cause: Error) => {
    throw new CliError("failed", `${place} cannot be read: ${whyUnread(cause)}.`, { cause });
  });
  const names = all.filter((name) => name.endsWith(CARRY_ENDING)).sort();
  if (names.length > 0) return names.map((name) => join(place, name));
  throw new CliError("failed", `${place} has no letters: no file in it ends in ${CARRY_ENDING}.`);
}

async function carryInFile(client: ApiClient, path: string): Promise<CarriedInBody> {
  const file = await readFile(path).catch((cause: Error) => {
    throw new CliError("failed", `${path} cannot be read: ${whyUnread(cause)}.`, { cause });
  });
  return client.post.carryIn(file).catch((cause: unknown) => {
    if (!(cause instanceof ClientError) || cause.code !== "too-large") throw cause;
    throw new CliError("failed", `${path} is larger than any file of letters.`, { cause });
  });
}

function carriedWords(done: CarriedInBody): string {
  const parts = [
    `${counted(done.letters, "letter")}: ${done.delivered} for you`,
    ...(done.repeated > 0 ? [`${done.repeated} here already`] : []),
    `${done.kept} carried on`,
  ];
  if (done.refused > 0) parts.push(`${done.refused} too old or without room`);
  return `${parts.join(", ")}.`;
}
