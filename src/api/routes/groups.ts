import type { GroupsError, VoteResult } from "../../groups/index.ts";
import { parseAddress } from "../../identity/index.ts";
import * as schema from "../../wire/schema.ts";
import type { ApiContext } from "../context.ts";
import type { GroupVoteBody } from "../contract-groups.ts";
import { ApiError } from "../errors.ts";
import { groupBody, groupsBody, memberOf, newMemberOf } from "../group-views.ts";
import { type Answer, type Route, route } from "../route.ts";
import { ask, settle, settleDone } from "../wait.ts";

const LINK_BYTES_MAX = 2_048;
const WORD_BYTES_MAX = 300;
const PEOPLE_MAX = 32;
const USES_MAX = 1_024;
const YEAR_MS = 366 * 24 * 3_600_000;

const word = schema.text(WORD_BYTES_MAX);
const role = schema.oneOf("member", "admin");
const newGroup = schema.record({
  title: schema.optional(schema.text(64)),
  link: schema.optional(schema.text(LINK_BYTES_MAX)),
});
const settings = schema.record({
  title: schema.optional(schema.text(64)),
  label: schema.optional(schema.text(64)),
});
const inviteBody = schema.record({
  uses: schema.optional(schema.integer(1, USES_MAX)),
  lifeMs: schema.optional(schema.integer(1, YEAR_MS)),
  role: schema.optional(role),
  withEndpoints: schema.optional(schema.boolean),
});
const memberBody = schema.record({
  who: schema.list(word, PEOPLE_MAX),
  role: schema.optional(role),
});
const nameBody = schema.record({ name: schema.text(64), means: schema.optional(word) });
const voteBody = schema.record({
  owners: schema.optional(schema.list(word, PEOPLE_MAX)),
  quorum: schema.optional(schema.integer(1, PEOPLE_MAX)),
  heirs: schema.optional(schema.list(word, PEOPLE_MAX)),
  remove: schema.optional(schema.list(word, PEOPLE_MAX)),
  agree: schema.optional(schema.text(64)),
  takeOver: schema.optional(schema.boolean),
});

type Path = Readonly<Record<string, string>>;
type Done = (error: GroupsError | null, value: unknown) => void;

function groupOf(path: Path): string {
  return path["group"] ?? "";
}

/** Makes a change and answers with the group as it is then. */
async function change(
  context: ApiContext,
  path: Path,
  start: (done: Done) => void,
): Promise<Answer> {
  const { peer } = context;
  // By its id: the change may be of the very name in the path.
  const { id } = peer.groups.info(groupOf(path));
  await ask<unknown>((resolve, reject) => {
    start(settle(resolve, reject));
    context.poke();
  });
  return { status: 200, json: groupBody(peer, peer.groups.info(id)) };
}

/** Routes about groups as a whole. */
function wholeRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/groups",
      summary: "The private groups of this peer, and those to which contacts have added you",
      answers: "GroupsBody",
      handle: () => ({ status: 200, json: groupsBody(peer) }),
    }),
    route({
      method: "POST",
      path: "/v1/groups",
      summary: "Found a group, or ask to come into one by its link",
      body: newGroup,
      bodyExample: { title: "Coop" },
      answers: "GroupBody",
      handle: async ({ body: { title, link } }) => {
        const { id } = await ask<{ readonly id: string }>((resolve, reject) => {
          const done = settle(resolve, reject);
          if (link !== undefined) peer.groups.join(link, done);
          else if (title !== undefined) peer.groups.create(title, done);
          else throw new ApiError("bad-request", "Give a title for a new group, or a link.");
          context.poke();
        });
        return { status: 201, json: groupBody(peer, peer.groups.info(id)) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/groups/{group}",
      summary: "One group: members, owners, invites, names, what is voted on",
      answers: "GroupBody",
      handle: ({ path }) => ({
        status: 200,
        json: groupBody(peer, peer.groups.info(groupOf(path))),
      }),
    }),
  ];
}

/** Routes about one group as a whole. */
function oneRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "PUT",
      path: "/v1/groups/{group}",
      summary: "Change the group's title, or what it is called here",
      body: settings,
      bodyExample: { label: "coop" },
      answers: "GroupBody",
      handle: ({ path, body: { title, label } }) =>
        change(context, path, (done) => {
          const { id } = peer.groups.info(groupOf(path));
          if (title !== undefined) peer.groupActs.retitle(id, title, done);
          else if (label !== undefined) peer.groups.relabel(id, label, done);
          else throw new ApiError("bad-request", "Give a title or a label.");
        }),
    }),
    route({
      method: "POST",
      path: "/v1/groups/{group}/leave",
      summary: "Leave the group: others hear of it, and it is gone from this device",
      answers: "nothing",
      handle: async ({ path }) => {
        const { id, state } = peer.groups.info(groupOf(path));
        if (state === "in") {
          await ask<unknown>((resolve, reject) => {
            peer.groupActs.leave(id, settle(resolve, reject));
            context.poke();
          });
        }
        return { status: 204 };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/groups/{group}",
      summary: "Remove a group from this device of which you are no member any more",
      answers: "nothing",
      handle: async ({ path }) => {
        const { id, state } = peer.groups.info(groupOf(path));
        if (state === "in")
          throw new ApiError("conflict", "You are in this group. Leave it first.");
        await ask<void>((resolve, reject) => {
          peer.groups.forget(id, settleDone(resolve, reject));
          context.poke();
        });
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: "/v1/groups/{group}/folder",
      summary: "Make a folder that the group shares from now on",
      answers: "FolderBody",
      handle: async ({ path }) => {
        const json = await ask((resolve, reject) => {
          peer.groupFolders.share(groupOf(path), settle(resolve, reject));
          context.poke();
        });
        return { status: 201, json };
      },
    }),
  ];
}

/** Routes about who is in a group. */
function memberRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  const member = (path: Path, who: string): string =>
    memberOf(peer, peer.groups.info(groupOf(path)), who);
  return [
    route({
      method: "POST",
      path: "/v1/groups/{group}/invites",
      summary: "Make an invite: a link that lets people in as long as any member is in reach",
      body: inviteBody,
      bodyExample: { uses: 5, lifeMs: 604_800_000, role: "member" },
      answers: "GroupLinkBody",
      handle: async ({ path, body }) => {
        const endpoints = body.withEndpoints === false ? [] : context.reachableAt();
        const terms = { uses: body.uses ?? 1, role: body.role ?? "member", endpoints } as const;
        const life = body.lifeMs === undefined ? {} : { lifeMs: body.lifeMs };
        const json = await ask((resolve, reject) => {
          const done = settle(resolve, reject);
          peer.groupActs.invite(groupOf(path), { ...terms, ...life }, done);
          context.poke();
        });
        return { status: 201, json };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/groups/{group}/invites/{invite}",
      summary: "Let nobody in by this invite any more",
      answers: "GroupBody",
      handle: ({ path }) =>
        change(context, path, (done) =>
          peer.groupActs.revoke(groupOf(path), path["invite"] ?? "", done),
        ),
    }),
    route({
      method: "POST",
      path: "/v1/groups/{group}/members",
      summary: "Add contacts, or people who fell out with somebody who was removed",
      body: memberBody,
      bodyExample: { who: ["anna"], role: "member" },
      answers: "GroupBody",
      handle: ({ path, body }) =>
        change(context, path, (done) => {
          const group = peer.groups.info(groupOf(path));
          const people = body.who.map((text) => newMemberOf(peer, group, text));
          peer.groupActs.add(group.id, people, body.role ?? "member", done);
        }),
    }),
    route({
      method: "PUT",
      path: "/v1/groups/{group}/members",
      summary: "Make a member an admin, or an admin a member",
      body: memberBody,
      bodyExample: { who: ["anna"], role: "admin" },
      answers: "GroupBody",
      handle: ({ path, body }) =>
        change(context, path, (done) => {
          const person = member(path, body.who[0] ?? "");
          peer.groupActs.role(groupOf(path), person, body.role ?? "member", done);
        }),
    }),
    route({
      method: "DELETE",
      path: "/v1/groups/{group}/members/{who}",
      summary: "Remove a member; what they wrote without you having seen it counts for nothing",
      answers: "GroupBody",
      handle: ({ path }) =>
        change(context, path, (done) =>
          peer.groupActs.remove(groupOf(path), [member(path, path["who"] ?? "")], done),
        ),
    }),
  ];
}

/** Routes about what a group decides together. */
function decisionRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "POST",
      path: "/v1/groups/{group}/names",
      summary: "Give a name of the group to a member or a device; without 'means' it is free again",
      body: nameBody,
      bodyExample: { name: "printer", means: "anna" },
      answers: "GroupBody",
      handle: ({ path, body: { name, means } }) =>
        change(context, path, (done) => {
          const device = means === undefined ? undefined : parseAddress(means);
          const group = peer.groups.info(groupOf(path));
          const target =
            means === undefined
              ? undefined
              : device === undefined
                ? ({ t: "person", id: memberOf(peer, group, means) } as const)
                : ({ t: "device", id: device } as const);
          peer.groupActs.name(group.id, name, target, done);
        }),
    }),
    route({
      method: "POST",
      path: "/v1/groups/{group}/votes",
      summary: "Vote as an owner: who the owners are, whom to remove, or for what others proposed",
      body: voteBody,
      bodyExample: { owners: ["anna", "ben", "cleo"], quorum: 2 },
      answers: "GroupVoteBody",
      handle: async ({ path, body }) => {
        const result = await ask<VoteResult>((resolve, reject) => {
          vote(context, path, body, settle(resolve, reject));
          context.poke();
        });
        const { votes, needed, isTaken } = result;
        const json: GroupVoteBody = { votes, needed, isTaken };
        return { status: 200, json };
      },
    }),
  ];
}

function vote(
  { peer }: ApiContext,
  path: Path,
  body: schema.Infer<typeof voteBody>,
  done: (error: GroupsError | null, value: VoteResult | undefined) => void,
): void {
  const group = peer.groups.info(groupOf(path));
  const people = (texts: readonly string[]): readonly string[] =>
    texts.map((text) => memberOf(peer, group, text));
  const { groupActs } = peer;
  if (body.takeOver === true) groupActs.takeOver(group.id, done);
  else if (body.agree !== undefined) groupActs.agree(group.id, body.agree, done);
  else if (body.remove !== undefined) groupActs.proposeRemoval(group.id, people(body.remove), done);
  else if (body.owners !== undefined) {
    const heirs = people(body.heirs ?? []);
    groupActs.proposeOwners(group.id, people(body.owners), body.quorum, heirs, done);
  } else
    throw new ApiError("bad-request", "Say what to vote for: owners, remove, agree or takeOver.");
}

/** Routes about private groups. */
export function groupRoutes(context: ApiContext): readonly Route[] {
  return [
    ...wholeRoutes(context),
    ...oneRoutes(context),
    ...memberRoutes(context),
    ...decisionRoutes(context),
  ];
}
