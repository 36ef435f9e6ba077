import { createInterface } from "node:readline";
import type { ApiClient, MessageBody } from "../../api/client/index.ts";
import { TypedError } from "../../base/errors.ts";
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
  summary: "talk with a contact line by line",
  details:
    "Each line that you type is sent. Lines that begin with a slash are orders:\n" +
    "  /why    why the last message is not delivered\n" +
    "  /quit   end (Ctrl-D does so too)\n" +
    "With --json each message is one line of JSON, and what you type is sent as it is.",
  positionals: [1, 1],
  run: chat,
};

async function chat(context: CommandContext): Promise<number> {
  const client = await connect(context);
  const who = word(context, 0);
  const { messages } = await client.messages({ with: who, limit: SHOWN_AT_START });
  const contact = (await client.contacts()).find(({ petname }) => petname === who);
  const personId = messages.at(-1)?.personId ?? contact?.personId;
  for (const message of messages) show(context, message);
  context.output.say(`Talking with ${inert(who)}. /quit or Ctrl-D ends.`);
  const ending = new AbortController();
  const listening = listen(context, client, { who, personId }, ending.signal);
  let last: MessageBody | undefined = messages.findLast(({ direction }) => direction === "out");
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "/quit") break;
    try {
      if (line.trim() === "/why") await why(context, client, last);
      else if (line !== "") {
        last = await client.sendMessage(who, line);
        if (context.output.json) show(context, last);
      }
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
async function listen(
  context: CommandContext,
  client: ApiClient,
  other: { readonly who: string; readonly personId: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.markRead(other.who);
    for await (const event of client.events(signal)) {
      if (event.name !== "message") continue;
      const message = event.body as MessageBody;
      const isTheirs = message.personId === other.personId || message.contact === other.who;
      if (!isTheirs || message.direction !== "in") continue;
      show(context, message);
      await client.markRead(other.who);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function why(
  context: CommandContext,
  client: ApiClient,
  last: MessageBody | undefined,
): Promise<void> {
  if (last === undefined) {
    context.output.say("You have not sent anything yet.");
    return;
  }
  const { words, advice } = await client.post.why(last.id);
  context.output.say(inert(`${words} ${advice}`.trim()));
}

function show(context: CommandContext, message: MessageBody): void {
  context.output.result(message, () => messageLines(message));
}
