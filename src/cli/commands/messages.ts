import { open } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { whyUnread } from "../../adapters/node/file-words.ts";
import type {
  ApiClient,
  GroupMessageBody,
  MessageBody,
  MessageFileBody,
} from "../../api/client/index.ts";
import { groupIn, groupMessageLines, groupStateWords } from "../chat-words.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { messageLines } from "../message-words.ts";
import { inert } from "../output.ts";
import { typedCommand } from "../words.ts";
import { connect, secondsOf, word } from "./shared.ts";

/** Messages that the peer tells in one answer. */
const LIMIT_MAX = 500;

/** `peernet send` */
export const sendCommand: Command = {
  name: "send",
  usage: "<who> [text]",
  summary: "send a message or a file to somebody or, as @GROUP, to a group",
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
  if (path !== undefined) await checkRecipient(client, word(context, 0));
  const file = path === undefined ? undefined : await storeFile(client, path);
  const more = {
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(file === undefined ? {} : { file }),
  };
  const group = groupIn(word(context, 0));
  if (group !== undefined) {
    const sent = await client.chats.send(group, text, more);
    const now = await awaitMembers(client, sent, waitMs);
    context.output.result(now, () => sentToGroupWords(now));
    return EXIT.ok;
  }
  const sent = await client.sendMessage(word(context, 0), text, more);
  const now = await awaitDelivery(client, sent, waitMs);
  context.output.result(now, () =>
    now.state === "waiting"
      ? `Kept here for ${inert(now.contact)}; it goes out by itself. Why it waits: peernet messages why ${now.id}`
      : `Delivered to ${inert(now.contact)}.`,
  );
  return EXIT.ok;
}

function sentToGroupWords(message: GroupMessageBody): string {
  const group = inert(message.group);
  if (message.state !== "waiting") return `In ${group}: ${groupStateWords(message)}.`;
  return `Kept here for ${group}; it goes to members as they come into reach, and they hand it on.`;
}

/** Waits until all members have it, or for so long. */
async function awaitMembers(
  client: ApiClient,
  sent: GroupMessageBody,
  waitMs: number,
): Promise<GroupMessageBody> {
  const deadlineMs = Date.now() + waitMs;
  let now = sent;
  const isOver = (): boolean => now.state === "everybody" || now.memberCount === 0;
  while (!isOver() && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { messages } = await client.chats.messages(sent.groupId, { limit: 50 });
    now = messages.find((message) => message.id === sent.id) ?? now;
  }
  return now;
}

/** So that no file is stored for somebody whom it cannot be sent to. */
async function checkRecipient(client: ApiClient, who: string): Promise<void> {
  const group = groupIn(who);
  if (group === undefined) await client.messages({ with: who, limit: 1 });
  else await client.chats.info(group);
}

async function storeFile(client: ApiClient, path: string): Promise<MessageFileBody> {
  const name = basename(path);
  const unreadable = (cause: Error): never => {
    throw new CliError("failed", `${path} cannot be read: ${whyUnread(cause)}.`, { cause });
  };
  const file = await open(path).catch(unreadable);
  try {
    const info = await file.stat();
    if (!info.isFile()) {
      const message = `${path} is no file. Store a folder with ${typedCommand("put", [path])}, and send the link that it prints.`;
      throw new CliError("failed", message);
    }
    const bytes = file.createReadStream({ autoClose: false });
    const { link } = await client.putObject(
      name,
      Readable.toWeb(bytes) as ReadableStream<Uint8Array>,
    );
    return { link, name, sizeBytes: info.size, mediaType: "" };
  } finally {
    await file.close();
  }
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
  summary: "messages of people and groups, newest last; marks them read",
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

/** Messages of people, or of people and groups, each in the order in which they came. */
interface Found {
  readonly people: readonly MessageBody[];
  readonly groups: readonly GroupMessageBody[];
}

async function find(
  client: ApiClient,
  who: string | undefined,
  limit: number,
  all: boolean,
): Promise<Found> {
  const group = groupIn(who);
  if (group !== undefined) {
    return { people: [], groups: (await client.chats.messages(group, { limit })).messages };
  }
  const query = who === undefined ? { limit } : { limit, with: who };
  const people = (await client.messages(query)).messages;
  const groups: GroupMessageBody[] = [];
  for (const chat of who === undefined ? (await client.chats.list()).chats : []) {
    const isAsked = all ? chat.messages > 0 : chat.unread > 0;
    if (!isAsked) continue;
    groups.push(...(await client.chats.messages(chat.groupId, { limit })).messages);
  }
  return { people, groups };
}

async function showInbox(context: CommandContext): Promise<number> {
  const limit = context.arguments.text("limit") ?? "100";
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > LIMIT_MAX) {
    throw new CliError("usage", `--limit needs a number of 1 to ${LIMIT_MAX}, not '${limit}'.`);
  }
  const client = await connect(context);
  const who = context.arguments.positionals[0];
  const all = context.arguments.flag("all");
  const asksWhy = context.arguments.flag("why");
  const found = await find(client, who, Number(limit), all);
  const shown = found.people.filter(
    ({ state }) => all || state === "unread" || (asksWhy && state === "waiting"),
  );
  const inGroups = found.groups.filter(({ state }) => all || state === "unread");
  const reasons = asksWhy ? await reasonsOf(client, shown) : new Map<string, string>();
  context.output.result(
    [
      ...(asksWhy ? shown.map((message) => ({ ...message, why: reasons.get(message.id) })) : shown),
      ...inGroups,
    ],
    () => linesOf({ people: shown, groups: inGroups }, reasons, context.arguments.flag("ids")),
  );
  if (!context.arguments.flag("keep")) {
    for (const group of new Set(inGroups.map(({ groupId }) => groupId))) {
      await client.chats.markRead(group);
    }
    for (const person of new Set(shown.map((message) => message.personId))) {
      await client.markRead(person);
    }
  }
  return EXIT.ok;
}

function linesOf(
  { people, groups }: Found,
  reasons: ReadonlyMap<string, string>,
  withId: boolean,
): string {
  const lines = people.map((message) => {
    const reason = reasons.get(message.id);
    const text = messageLines(message, { withId });
    return reason === undefined ? text : `${text}\n  ? ${inert(reason)}`;
  });
  lines.push(...groups.map((message) => groupMessageLines(message, { withId })));
  return lines.length === 0
    ? "Nothing new. 'peernet inbox --all' shows everything."
    : lines.join("\n");
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
