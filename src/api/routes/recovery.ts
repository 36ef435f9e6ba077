import type { Peer } from "../../peer/index.ts";
import { schema } from "../../wire/index.ts";
import type { ApiContext, WordsSwitch } from "../context.ts";
import type { RecoveryBody } from "../contract-devices.ts";
import { ApiError } from "../errors.ts";
import { whyFailed } from "../room-reasons.ts";
import { type Answer, type Route, route } from "../route.ts";
import { personOf } from "../views.ts";
import { ask, settleDone } from "../wait.ts";

const WHO_BYTES_MAX = 300;
const LINK_BYTES_MAX = 8_192;
const WORD_BYTES_MAX = 64;
const WORDS_MAX = 8;
const FRIENDS_MAX = 16;

const words = schema.list(schema.text(WORD_BYTES_MAX), WORDS_MAX);
const wordsBody = schema.record({ words });
const friendsBody = schema.record({
  friends: schema.list(schema.text(WHO_BYTES_MAX), FRIENDS_MAX),
  need: schema.integer(0, FRIENDS_MAX),
});
const approveBody = schema.record({
  link: schema.text(LINK_BYTES_MAX),
  who: schema.text(WHO_BYTES_MAX),
});

function recoveryBody({ peer, words }: ApiContext): RecoveryBody {
  const { sharing, keeping, approving } = peer.devices;
  const nameOf = (personId: string): string =>
    peer.contacts.byPerson(personId)?.petname ?? personId;
  const { state, failure, have, need } = approving.status;
  return {
    holdsWords: words?.isHeld ?? false,
    isConfirmed: words?.isConfirmed ?? false,
    asks: words?.isHeld === true ? words.asks : [],
    need: sharing.current?.set.need ?? 0,
    friends: (sharing.current?.friends ?? []).map(({ personId, keepers }) => ({
      ...{ personId, contact: nameOf(personId), keepers: keepers.length },
    })),
    isRestored: isRestored(peer),
    keptFor: keeping.all().map(([personId, { set }]) => ({
      ...{ personId, contact: nameOf(personId) },
      ...{ need: set.need, total: set.commitments.length },
    })),
    approval: { state, ...whyFailed(failure), have, need },
  };
}

function isRestored({ devices, identity }: Peer): boolean {
  const own = devices.own().find(({ peerId }) => peerId === identity.id);
  return own?.origin === "words" || own?.origin === "friends";
}

/** Routes about the 24 words and friends who bring a person back. */
export function recoveryRoutes(context: ApiContext): readonly Route[] {
  const answer = (status = 200): Answer => {
    context.poke();
    return { status, json: recoveryBody(context) };
  };
  return [...wordRoutes(context, answer), ...friendRoutes(context, answer)];
}

function wordRoutes(context: ApiContext, answer: (status?: number) => Answer): readonly Route[] {
  const held = (): WordsSwitch => {
    if (context.words !== undefined) return context.words;
    throw new ApiError("unavailable", "This process does not deal with recovery words.");
  };
  return [
    route({
      method: "GET",
      path: "/v1/recovery",
      summary: "How this person can come back after a loss, and whom this peer helps back",
      answers: "RecoveryBody",
      handle: () => answer(),
    }),
    route({
      method: "POST",
      path: "/v1/recovery/words",
      summary: "The 24 words, to be written down; refused once they have been confirmed",
      answers: "RecoveryWordsBody",
      handle: () => ({ status: 200, json: { words: held().show() } }),
    }),
    route({
      method: "POST",
      path: "/v1/recovery/confirm",
      summary:
        "The recovery words at the places that are asked for: somebody has written them down",
      body: wordsBody,
      bodyExample: { words: ["abandon", "ability", "able"] },
      answers: "RecoveryBody",
      handle: async ({ body }) => {
        await held().confirm(body.words);
        return answer();
      },
    }),
    route({
      method: "POST",
      path: "/v1/recovery/friends",
      summary: "Share the 24 words out among friends, anew; nobody takes it back",
      body: friendsBody,
      bodyExample: { friends: ["ben", "cleo", "dan", "eve", "finn"], need: 3 },
      answers: "RecoveryBody",
      handle: async ({ body }) => {
        const { peer } = context;
        const friends = body.friends.map((who) => personOf(peer, who));
        await ask<void>((resolve, reject) => {
          peer.devices.sharing.share(friends, body.need, settleDone(resolve, reject));
        });
        return answer();
      },
    }),
  ];
}

function friendRoutes(context: ApiContext, answer: (status?: number) => Answer): readonly Route[] {
  const { approving } = { approving: () => context.peer.devices.approving };
  return [
    route({
      method: "POST",
      path: "/v1/recovery/approve",
      summary:
        "Begin to help a friend back by their link; nothing is given before words are compared",
      body: approveBody,
      bodyExample: { link: "peernet:recover/…", who: "anna" },
      answers: "RecoveryBody",
      handle: ({ body }) => {
        const { peer } = context;
        const share = peer.devices.keeping.of(personOf(peer, body.who));
        if (share === undefined) {
          throw new ApiError("not-found", `No share is kept here for '${body.who}'.`);
        }
        peer.dial(approving().begin(body.link, share));
        return answer(201);
      },
    }),
    route({
      method: "POST",
      path: "/v1/recovery/approve/words",
      summary: "The words that the friend reads out; there is one try",
      body: wordsBody,
      bodyExample: { words: ["abandon", "ability", "able", "about"] },
      answers: "RecoveryBody",
      handle: ({ body }) => {
        approving().confirm(body.words);
        return answer();
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/recovery/approve",
      summary: "Give it up",
      answers: "nothing",
      handle: () => {
        approving().cancel();
        return { status: 204 };
      },
    }),
  ];
}
