import { TypedError } from "../../base/errors.ts";
import { DiskError } from "../../ports/index.ts";
import { decodeCbor, schema } from "../../wire/index.ts";
import type { PrekeyTerms } from "../prekeys.ts";
import { RatchetError } from "../ratchet/errors.ts";
import { readKeptCard } from "./card.ts";
import { CARDS, FLOORS, SEEN } from "./change.ts";
import type { ChatContext } from "./context.ts";
import { Conversation } from "./conversation.ts";
import { decodeFeed, FEEDS } from "./feed.ts";
import { CHAT_ITEMS, chatItemNumber, decodeChatItem } from "./item.ts";
import { CHAT_PREKEY_FRESH_MS, CHAT_PREKEY_LIFE_MS } from "./limits.ts";
import { decodeOwn, OWN_FEEDS, ownFeedId, TOLD } from "./own-feed.ts";
import { decodeSeen } from "./protocol.ts";

/** Prefix of all records of chats but texts and entries of feeds: they are read at each start. */
const RECORDS = "messages/chat/r/";

type Step = readonly [
  prefix: string,
  take: (chat: Conversation, name: string, value: Uint8Array) => void,
];

type Found = readonly { readonly key: string; readonly value: Uint8Array }[];

/** Prekeys to which others seal their sender keys: short-lived, so that what is stolen later opens little. */
export const CHAT_PREKEYS: PrekeyTerms = {
  prefix: "messages/chat/r/k/",
  freshMs: CHAT_PREKEY_FRESH_MS,
  lifeMs: CHAT_PREKEY_LIFE_MS,
};

const floorSchema = schema.integer(0, 2 ** 48 - 1);

/** Reads all chats but texts and entries, and the prekeys. */
export function loadChats(
  context: ChatContext,
  done: (error: DiskError | null, chats: ReadonlyMap<string, Conversation>) => void,
): void {
  context.records.scan(RECORDS, (error, found) => {
    const chats = new Map<string, Conversation>();
    done(error ?? takeAll(context, found, chats), chats);
  });
}

/** What is made of each kind of records, those first on which others depend. */
function stepsOf(context: ChatContext, told: Map<string, Uint8Array>): readonly Step[] {
  return [
    [CARDS, (chat, _name, value) => takeCard(context, chat, value)],
    [FLOORS, (chat, name, value) => chat.floors.set(name, floorSchema(decodeCbor(value), "floor"))],
    [FEEDS, (chat, name, value) => chat.putFeed(decodeFeed(name, value))],
    [SEEN, (chat, name, value) => chat.seen.set(name, decodeSeen(value))],
    [
      CHAT_ITEMS,
      (chat, name, value) => {
        chat.putItem(decodeChatItem(name, value));
        chat.nextNumber = Math.max(chat.nextNumber, chatItemNumber(name) + 1);
      },
    ],
    [TOLD, (chat, _name, value) => told.set(chat.id, value)],
    [OWN_FEEDS, (chat, _name, value) => takeOwn(context, chat, value, told.get(chat.id))],
  ];
}

function takeAll(
  context: ChatContext,
  found: Found,
  chats: Map<string, Conversation>,
): DiskError | null {
  const { kit, ratchet, prekeys } = context;
  let reading = "";
  try {
    for (const [prefix, take] of stepsOf(context, new Map())) {
      for (const { key, value } of found) {
        if (!key.startsWith(prefix)) continue;
        reading = key;
        const [group = "", name = ""] = key.slice(prefix.length).split("/");
        const chat = chats.get(group) ?? new Conversation(group);
        chats.set(group, chat);
        take(chat, name, value);
      }
    }
    const kept = found.filter(({ key }) => key.startsWith(CHAT_PREKEYS.prefix));
    prekeys.load(kept.map(({ value }) => ratchet.decodePrekey(kit.suite, value)));
    return null;
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    return new DiskError("corrupt", `The record ${reading} is damaged.`, { cause });
  }
}

function takeCard(context: ChatContext, chat: Conversation, value: Uint8Array): void {
  const card = readKeptCard(context.suite, value);
  chat.cards.set(card.device, card);
}

/** What this device writes with; nothing where another copy of this home wrote it. */
function takeOwn(
  { ratchet, kit, identity }: ChatContext,
  chat: Conversation,
  value: Uint8Array,
  told: Uint8Array | undefined,
): void {
  const feed = chat.feeds.get(ownFeedId(value));
  if (feed === undefined || told === undefined || feed.device !== identity.id) return;
  const place = {
    group: chat.id,
    epoch: feed.epoch,
    signKey: identity.signKey.publicKey,
  };
  try {
    chat.own = decodeOwn(ratchet, kit, place, value, told);
  } catch (error) {
    // Its keys may have been used already by the home from which this one was copied.
    if (!(error instanceof RatchetError && error.code === "restored")) throw error;
  }
}
