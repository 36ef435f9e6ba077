import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { concatBytes } from "../../src/base/bytes.ts";
import { must } from "../../src/base/errors.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import { KIND } from "../../src/messages/body.ts";
import { Change } from "../../src/messages/chat/change.ts";
import type { ChatContext } from "../../src/messages/chat/context.ts";
import { Conversation } from "../../src/messages/chat/conversation.ts";
import { Writer } from "../../src/messages/chat/writer.ts";
import * as ratchet from "../../src/messages/ratchet/index.ts";
import type { RatchetKit } from "../../src/messages/ratchet/types.ts";
import { testIdentity, testRandom } from "../../src/testing/fixtures.ts";
import { type BenchRow, benchRow } from "../row.ts";
import { TEXTS } from "./texts.ts";

const MEMBERS = 1_000;
const MESSAGES = 100;
const GROUP = "ab".repeat(16);
const NOW_MS = 1_800_000_000_000;

/** The crypto of every peer, and how often it has sealed since somebody last looked. */
function counting(suite: CryptoSuite): { readonly suite: CryptoSuite; sealed: number } {
  const counter = {
    sealed: 0,
    suite: {
      ...bound(suite),
      aead: (name: Parameters<CryptoSuite["aead"]>[0], key: Uint8Array) => {
        const real = suite.aead(name, key);
        return {
          open: real.open.bind(real),
          seal: (nonce: Uint8Array, data: Uint8Array, plaintext: Uint8Array) => {
            counter.sealed++;
            return real.seal(nonce, data, plaintext);
          },
          sealInto: (
            nonce: Uint8Array,
            data: Uint8Array,
            plaintext: Uint8Array,
            out: Uint8Array,
          ) => {
            counter.sealed++;
            real.sealInto(nonce, data, plaintext, out);
          },
        };
      },
    },
  };
  return counter;
}

function bound(suite: CryptoSuite): Omit<CryptoSuite, "aead"> {
  return {
    fastAead: suite.fastAead,
    sha256: (...parts) => suite.sha256(...parts),
    hmacSha256: (key, ...parts) => suite.hmacSha256(key, ...parts),
    signingKey: (seed) => suite.signingKey(seed),
    verify: (publicKey, message, signature) => suite.verify(publicKey, message, signature),
    dhKey: (secret) => suite.dhKey(secret),
  };
}

/** A chat of 1,000 members, each with one device whose card is here. */
function chatOf(suite: CryptoSuite, kit: RatchetKit): Conversation {
  const chat = new Conversation(GROUP);
  for (let index = 0; index < MEMBERS; index++) {
    const { signKey, dhKey, person, id } = testIdentity(suite, `member ${index}`);
    const prekey = ratchet.makePrekey(kit, NOW_MS, 86_400_000, false);
    chat.cards.set(id, {
      ...{ device: id, person: person.personId, signKey: signKey.publicKey },
      ...{ dhKey: dhKey.publicKey, bundle: ratchet.writeBundle(prekey, signKey), atMs: NOW_MS },
      bytes: concatBytes(),
    });
  }
  return chat;
}

/** What writing to a group of 1,000 takes: by what the crypto suite was asked for. */
export function groupChatRows(): BenchRow[] {
  const counter = counting(createNodeSuite());
  const { suite } = counter;
  const kit = { suite, random: testRandom(1), instance: new Uint8Array(8) };
  const chat = chatOf(suite, kit);
  const identity = testIdentity(suite, "member 0");
  const context = { suite, kit, ratchet, identity, clock: { wallMs: () => NOW_MS } };
  const writer = new Writer(context as unknown as ChatContext, { isHeard: () => true });
  const people = [...chat.cards.values()].map(({ person }) => person);
  const group = { id: GROUP, isIn: true, epoch: "00".repeat(32), has: () => true };
  const write = (text: string): { sealed: number; bytes: number; sizes: number[] } => {
    const change = new Change(chat);
    const content = {
      kind: KIND.text,
      content: concatBytes(new Uint8Array(4), ratchet.packText(text)),
    };
    const said = { kind: "text", file: undefined, replyTo: undefined, sentAtMs: 0, text } as const;
    counter.sealed = 0;
    writer.write(change, { ...group, members: () => people }, content, said);
    const { sealed } = counter;
    const sizes = change
      .batch()
      .filter(({ key }) => key.startsWith("messages/chat/e/"))
      .map(({ value }) => value?.length ?? 0);
    change.commit();
    return { sealed, sizes, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  };
  const texts = Array.from({ length: MESSAGES + 1 }, (_, at) =>
    must(TEXTS[at % TEXTS.length], "there are texts"),
  );
  const from = process.cpuUsage();
  const first = write(must(texts[0], "a text"));
  const used = process.cpuUsage(from);
  const later = texts.slice(1).map(write);
  const most = Math.max(...later.map(({ sealed }) => sealed));
  const mean = later.reduce((sum, { bytes }) => sum + bytes, 0) / later.length;
  const keys = first.bytes - (first.sizes.at(-1) ?? 0);
  return [
    {
      ...benchRow("messages.groups.send.encryptions", most, "encryptions"),
      note: `most that the crypto suite was asked for, for one of ${MESSAGES} messages to ${MEMBERS} members`,
    },
    {
      ...benchRow("messages.groups.send.bytes", mean, "bytes"),
      note: `what is handed from member to member for one message of the texts (packed): sealed, in a signed entry of a feed; mean of ${MESSAGES}`,
    },
    {
      ...benchRow("messages.groups.send.first.ms", (used.user + used.system) / 1_000, "ms"),
      note: `CPU for the first message after a change of members, or a week: ${first.sealed} encryptions, with the sender key for ${MEMBERS - 1} devices`,
    },
    {
      ...benchRow("messages.groups.send.keys.kB", keys / 1_000, "kB"),
      note: "bytes of those sealed sender keys, in all, in their entries",
    },
  ];
}
