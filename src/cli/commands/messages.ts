import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import type { ApiClient, MessageBody, MessageFileBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { messageLines } from "../message-words.ts";
import { inert } from "../output.ts";
import { connect, secondsOf, word } from "./shared.ts";

/** Messages that the peer tells in one answer. */
const LIMIT_MAX = 500;

/** `peernet send` */
export const sendCommand: Command = {
  name: "send",
  usage: "<who> [text]",
  summary: "send a message or a file; it is kept until it arrives",
  options: {
    file: { type: "string", value: "FILE", help: "store this file and send it along" },
    reply: { type: "string", value: "ID", help: "it answers the message with this id" },
    wait: { type: "string", value: "SECONDS", help: "wait this long for the delivery (default 2)" },
  },
  positionals: [1, 2],
  run: sendMessage,
};

async function sendMessage(context: CommandContext): Promise<number> {
  const waitMs = secondsOf(context, "wait", 2) * 1_000;
  const path = context.arguments.text("file");
  const text = word(context, 1);
  if (context.arguments.positionals.length < 2 && path === undefined) {
    throw new CliError("usage", 'Type: peernet send WHO "text", or: peernet send WHO --file FILE');
  }
  const client = await connect(context);
  const replyTo = context.arguments.text("reply");
  const file = path === undefined ? undefined : await storeFile(client, path);
  const sent = await client.sendMessage(word(context, 0), text, {
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(file === undefined ? {} : { file }),
  });
  const now = await awaitDelivery(client, sent, waitMs);
  context.output.result(now, () =>
    now.state === "waiting"
      ? `Kept here for ${inert(now.contact)}; it goes out by itself. Why it waits: peernet messages why ${now.id}`
      : `Delivered to ${inert(now.contact)}.`,
  );
  return EXIT.ok;
}

async function storeFile(client: ApiClient, path: string): Promise<MessageFileBody> {
  const name = basename(path);
  const unreadable = (cause: Error): never => {
    throw new CliError("failed", `${path} cannot be read (${cause.message}).`, { cause });
  };
  const { size } = await stat(path).catch(unreadable);
  const body = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
  const { link } = await client.putObject(name, body);
  return { link, name, sizeBytes: size, mediaType: "" };
}

async function awaitDelivery(
  client: ApiClient,
  sent: MessageBody,
  waitMs: number,
): Promise<MessageBody> {
  const deadlineMs = Date.now() + waitMs;
  let now = sent;
  while (now.state === "waiting" && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { messages } = await client.messages({ with: sent.personId, limit: 50 });
    now = messages.find((message) => message.id === sent.id) ?? now;
  }
  return now;
}

/** `peernet inbox` */
export const inboxCommand: Command = {
  name: "inbox",
  usage: "[who]",
  summary: "messages, newest last; marks them read",
  options: {
    all: { type: "boolean", help: "read messages and your own as well" },
    keep: { type: "boolean", help: "do not mark them read" },
    ids: { type: "boolean", help: "show the ids of messages" },
    why: { type: "boolean", help: "say of each that waits why it does, and what to do" },
    limit: { type: "string", value: "N", help: "at most this many, up to 500 (default 100)" },
  },
  positionals: [0, 1],
  run: showInbox,
};

async function showInbox(context: CommandContext): Promise<number> {
  const limit = context.arguments.text("limit") ?? "100";
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > LIMIT_MAX) {
    throw new CliError("usage", `--limit needs a number of 1 to ${LIMIT_MAX}, not '${limit}'.`);
  }
  const client = await connect(context);
  const who = context.arguments.positionals[0];
  const query = { limit: Number(limit) };
  const found = await client.messages(who === undefined ? query : { ...query, with: who });
  const all = context.arguments.flag("all");
  const asksWhy = context.arguments.flag("why");
  const shown = found.messages.filter(
    ({ state }) => all || state === "unread" || (asksWhy && state === "waiting"),
  );
  const reasons = asksWhy ? await reasonsOf(client, shown) : new Map<string, string>();
  context.output.result(
    asksWhy ? shown.map((message) => ({ ...message, why: reasons.get(message.id) })) : shown,
    () => linesOf(shown, reasons, context.arguments.flag("ids")),
  );
  if (!context.arguments.flag("keep")) {
    for (const person of new Set(shown.map((message) => message.personId))) {
      await client.markRead(person);
    }
  }
  return EXIT.ok;
}

function linesOf(
  shown: readonly MessageBody[],
  reasons: ReadonlyMap<string, string>,
  withId: boolean,
): string {
  if (shown.length === 0) return "Nothing new. 'peernet inbox --all' shows everything.";
  return shown
    .map((message) => {
      const reason = reasons.get(message.id);
      const lines = messageLines(message, { withId });
      return reason === undefined ? lines : `${lines}\n  ? ${inert(reason)}`;
    })
    .join("\n");
}

/** Why messages wait, by id. */
async function reasonsOf(
  client: ApiClient,
  messages: readonly MessageBody[],
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  for (const { id, state } of messages) {
    if (state !== "waiting") continue;
    const { words, advice } = await client.post.why(id);
    reasons.set(id, `${words} ${advice}`.trim());
  }
  return reasons;
}
