import { createInterface } from "node:readline";
import type {
  ApiClient,
  EventBodies,
  GroupMessageBody,
  MessageBody,
} from "../../api/client/index.ts";
import { TypedError } from "../../base/errors.ts";
import { groupIn, groupMessageLines, groupStateWords } from "../chat-words.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT } from "../errors.ts";
import { messageLines } from "../message-words.ts";
import { inert } from "../output.ts";
import { connect, word } from "./shared.ts";

/** Messages shown when a chat begins. */
const SHOWN_AT_START = 10;

/** `peernet chat` */
export const chatCommand: Command = {
  name: "chat",
  usage: "<who>",
  summary: "talk with a contact or, as @GROUP, in a group, line by line",
  details:
    "Each line that you type is sent. Lines that begin with a slash are orders:\n" +
    "  /why    how far the last message is, and why it is not delivered\n" +
    "  /quit   end (Ctrl-D does so too)\n" +
    "With --json each message is one line of JSON, and what you type is sent as it is.",
  positionals: [1, 1],
  run: chat,
};

/** One side of a talk, with a person or in a group. */
interface Talk<T extends MessageBody | GroupMessageBody> {
  /** Messages of late, oldest first. */
  readonly recent: readonly T[];
  send(line: string): Promise<T>;
  markRead(): Promise<void>;
  /** What an event tells of this talk and was not written here; undefined for all else. */
  heard(event: { readonly name: keyof EventBodies; readonly body: unknown }): T | undefined;
  /** How far a message is, and why. */
  why(last: T): Promise<string>;
  lines(message: T): string;
}

async function chat(context: CommandContext): Promise<number> {
  const client = await connect(context);
  const who = word(context, 0);
  const group = groupIn(who);
  return group === undefined
    ? run(context, client, who, await withPerson(client, who))
    : run(context, client, who, await inGroup(client, group));
}

async function withPerson(client: ApiClient, who: string): Promise<Talk<MessageBody>> {
  const { messages } = await client.messages({ with: who, limit: SHOWN_AT_START });
  const contact = (await client.contacts()).find(({ petname }) => petname === who);
  const personId = messages.at(-1)?.personId ?? contact?.personId;
  return {
    recent: messages,
    send: (line) => client.sendMessage(who, line),
    markRead: () => client.markRead(who),
    heard: ({ name, body }) => {
      if (name !== "message") return undefined;
      const message = body as MessageBody;
      const isTheirs = message.personId === personId || message.contact === who;
      return isTheirs && message.direction === "in" ? message : undefined;
    },
    why: async ({ id }) => {
      const { words, advice } = await client.post.why(id);
      return `${words} ${advice}`.trim();
    },
    lines: messageLines,
  };
}

async function inGroup(client: ApiClient, group: string): Promise<Talk<GroupMessageBody>> {
  const { groupId, withoutKeys } = await client.chats.info(group);
  const { messages } = await client.chats.messages(group, { limit: SHOWN_AT_START });
  return {
    recent: messages,
    send: (line) => client.chats.send(group, line),
    markRead: () => client.chats.markRead(group),
    heard: ({ name, body }) => {
      if (name !== "group-message") return undefined;
      const message = body as GroupMessageBody;
      return message.groupId === groupId ? message : undefined;
    },
    why: async ({ id }) => {
      const found = (await client.chats.messages(group, { limit: 500 })).messages;
      const now = found.find((message) => message.id === id);
      const state = now === undefined ? "It is not kept any more." : groupStateWords(now);
      if (withoutKeys.length === 0) return state;
      return `${state}. Not seen yet, and unable to read so far: ${withoutKeys.join(", ")}`;
    },
    lines: groupMessageLines,
  };
}

async function run<T extends MessageBody | GroupMessageBody>(
  context: CommandContext,
  client: ApiClient,
  who: string,
  talk: Talk<T>,
): Promise<number> {
  const show = (message: T): void => context.output.result(message, () => talk.lines(message));
  for (const message of talk.recent) show(message);
  context.output.say(
    `Talking ${groupIn(who) ? "in" : "with"} ${inert(who)}. /quit or Ctrl-D ends.`,
  );
  const ending = new AbortController();
  const listening = listen(client, talk, show, ending.signal);
  let last = talk.recent.findLast(({ direction }) => direction === "out");
  const obey = async (line: string): Promise<void> => {
    if (line.trim() === "/why") {
      const words = last && (await talk.why(last));
      context.output.say(inert(words ?? "You have not sent anything yet."));
    } else if (!context.output.json && /^\/[a-z]+\s*$/.test(line)) {
      context.output.say(
        `There is no order ${inert(line.trim())}: /why or /quit. Nothing was sent.`,
      );
    } else if (line !== "") {
      last = await talk.send(line);
      if (context.output.json) show(last);
    }
  };
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "/quit") break;
    try {
      await obey(line);
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      context.output.say(error.message);
    }
  }
  ending.abort();
  await listening;
  return EXIT.ok;
}

/** Shows what comes in, and marks it read, until the chat ends. */
async function listen<T extends MessageBody | GroupMessageBody>(
  client: ApiClient,
  talk: Talk<T>,
  show: (message: T) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await talk.markRead();
    for await (const event of client.events(signal)) {
      const message = talk.heard(event);
      if (message === undefined) continue;
      show(message);
      await talk.markRead();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
