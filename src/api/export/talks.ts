import type { PersonId } from "../../identity/index.ts";
import type { Message } from "../../messages/index.ts";
import { csv } from "../client/statement-csv.ts";
import type { ApiContext } from "../context.ts";
import type { MessageBody } from "../contract.ts";
import type { GroupMessageBody, GroupMessagesBody } from "../contract-chats.ts";
import type { GroupBody, GroupsBody } from "../contract-groups.ts";
import type { MessageFileBody } from "../contract-messages.ts";
import { MESSAGES_PAGE_MAX } from "../limits.ts";
import { messageBody } from "../views.ts";
import { ask, settle } from "../wait.ts";
import type { LocalAsk } from "./local.ts";
import { fileNameOf, setIn } from "./names.ts";
import type { ZipEntry } from "./zip.ts";

/** Conversations with people, and chats of groups, each as text and as JSON lines. */
export async function* talks(context: ApiContext, local: LocalAsk): AsyncGenerator<ZipEntry> {
  for (const [person, name] of await peopleOf(context)) {
    const at = `messages/${fileNameOf(name, person)}`;
    yield* talk(at, () => messagesWith(context, person), authorOf);
  }
  const { groups } = await local<GroupsBody>("/v1/groups");
  for (const group of groups) {
    const at = `groups/${fileNameOf(group.label, group.id)}`;
    yield { path: `${at}/members.csv`, content: () => [membersCsv(group)] };
    yield { path: `${at}/group.json`, content: () => [json(group)] };
    const author = ({ author: name, direction }: GroupMessageBody): string =>
      direction === "out" ? "you" : name;
    yield* talk(`${at}/messages`, () => messagesIn(local, group.id), author);
  }
}

/** A value as JSON that people can read as well. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function* talk<T extends MessageBody | GroupMessageBody>(
  at: string,
  pages: () => AsyncIterable<readonly T[]>,
  author: (message: T) => string,
): Generator<ZipEntry> {
  yield { path: `${at}.txt`, content: () => lines(pages(), (one) => textOf(one, author(one))) };
  yield { path: `${at}.jsonl`, content: () => lines(pages(), (one) => `${JSON.stringify(one)}\n`) };
}

async function* lines<T>(
  pages: AsyncIterable<readonly T[]>,
  line: (one: T) => string,
): AsyncGenerator<string> {
  for await (const page of pages) yield page.map(line).join("");
}

function authorOf({ direction, contact }: MessageBody): string {
  return direction === "out" ? "you" : contact;
}

function textOf(
  { sentAtMs, text, file }: { sentAtMs: number; text: string; file?: MessageFileBody },
  author: string,
): string {
  const head = `${timeText(sentAtMs)}  ${setIn("", author).trimEnd()}: `;
  const about = file === undefined ? "" : `[${file.name}, ${file.sizeBytes} bytes, ${file.link}] `;
  return setIn(head, `${about}${text}`);
}

/** A time that sorts as text; a message may say anything of when it was written. */
function timeText(atMs: number): string {
  const at = new Date(atMs);
  return Number.isNaN(at.getTime()) ? "?" : `${at.toISOString().slice(0, 19)}Z`;
}

function page(
  { peer }: ApiContext,
  range: { readonly withPerson?: PersonId; readonly afterId: string },
): Promise<readonly Message[]> {
  return ask((resolve, reject) =>
    peer.messages.list({ limit: MESSAGES_PAGE_MAX, ...range }, settle(resolve, reject)),
  );
}

/** Everybody with whom there are messages here, contact or not any more, and what they are called. */
async function peopleOf(context: ApiContext): Promise<ReadonlyMap<PersonId, string>> {
  const people = new Map<PersonId, string>();
  for (let afterId = ""; ; ) {
    const found = await page(context, { afterId });
    for (const one of found) {
      if (people.has(one.personId)) continue;
      people.set(one.personId, messageBody(context.peer, one).contact);
    }
    const last = found.at(-1);
    if (last === undefined) return people;
    afterId = last.id;
  }
}

async function* messagesWith(
  context: ApiContext,
  withPerson: PersonId,
): AsyncGenerator<readonly MessageBody[]> {
  for (let afterId = ""; ; ) {
    const found = await page(context, { withPerson, afterId });
    const last = found.at(-1);
    if (last === undefined) return;
    yield found.map((one) => messageBody(context.peer, one));
    afterId = last.id;
  }
}

async function* messagesIn(
  local: LocalAsk,
  group: string,
): AsyncGenerator<readonly GroupMessageBody[]> {
  for (let after = ""; ; ) {
    const query = new URLSearchParams({ after, limit: String(MESSAGES_PAGE_MAX) });
    const path = `/v1/groups/${encodeURIComponent(group)}/messages?${query}`;
    const { messages } = await local<GroupMessagesBody>(path);
    const last = messages.at(-1);
    if (last === undefined) return;
    yield messages;
    after = last.id;
  }
}

function membersCsv({ members }: GroupBody): string {
  const head = ["name", "called in the group", "role", "let in by", "person"];
  const rows = members.map(({ name, label, role, addedBy, person }) => [
    ...[name, label, role, addedBy, person],
  ]);
  return csv([head, ...rows]);
}
