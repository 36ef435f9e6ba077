import type { GroupBody, GroupsClient } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatMs, inert, table } from "../output.ts";
import { sayQr } from "../qr.ts";
import { typedCommand } from "../words.ts";
import { leftBehind } from "./community-words.ts";
import { describeGroup, groupRow, voteText } from "./group-words.ts";
import { connect, underWord, word } from "./shared.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** One word after `peernet group`. */
interface Action {
  readonly usage: string;
  /** Words that must follow. */
  readonly words: number;
  run(context: CommandContext, client: GroupsClient): Promise<void>;
}

function roleOf(context: CommandContext): "member" | "admin" {
  return context.arguments.flag("admin") ? "admin" : "member";
}

/** How long an invite lasts: `36h`, `7d`. @throws CliError("usage") */
function lifeMsOf(context: CommandContext): number | undefined {
  const text = context.arguments.text("for");
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d{1,4})([hd])$/.exec(text) ?? [];
  const hours = Number(count) * (unit === "d" ? DAY_HOURS : 1);
  if (count !== undefined && hours > 0) return hours * HOUR_MS;
  throw new CliError("usage", `--for needs hours or days such as 36h or 7d, not '${text}'.`);
}

function usesOf(context: CommandContext): number {
  const text = context.arguments.text("uses") ?? "1";
  const uses = Number(text);
  if (/^\d+$/.test(text) && uses >= 1) return uses;
  throw new CliError("usage", `--uses needs a number of 1 or more, not '${text}'.`);
}

function told(context: CommandContext, group: GroupBody, words: string): void {
  context.output.result(group, () => words);
}

const membership: Readonly<Record<string, Action>> = {
  new: {
    usage: "new <title>",
    words: 1,
    run: async (context, client) => {
      const made = await client.create(context.arguments.positionals.slice(1).join(" "));
      told(context, made, `${inert(made.title)} is founded, '${made.label}' here.`);
      context.output.say(
        `Let others in: peernet group invite ${made.label}, or peernet group add ${made.label} <contact>. The first two admins will own it with you, two of three together.`,
      );
    },
  },
  list: {
    usage: "list",
    words: 0,
    run: async ({ output }, client) => {
      const found = await client.list();
      output.result(found, () =>
        found.groups.length === 0
          ? "No group yet. 'peernet group new \"Our coop\"' founds one."
          : table(found.groups.map(groupRow)),
      );
      for (const { title, by, link } of found.offers) {
        output.say(`${inert(by)} has added you to '${inert(title)}': peernet group join ${link}`);
      }
    },
  },
  show: {
    usage: "show <group>",
    words: 1,
    run: async (context, client) => {
      const group = await client.info(word(context, 1));
      context.output.result(group, () => describeGroup(group));
    },
  },
  invite: {
    usage: "invite <group> [--uses N] [--for 7d] [--admin] [--no-qr]",
    words: 1,
    run: async (context, client) => {
      const lifeMs = lifeMsOf(context);
      const life = lifeMs === undefined ? {} : { lifeMs };
      const terms = { uses: usesOf(context), role: roleOf(context), ...life };
      const invite = await client.invite(word(context, 1), terms);
      if (!context.output.json && !context.arguments.flag("no-qr")) {
        await sayQr(context.output, invite.link);
      }
      context.output.result(invite, () => invite.link);
      const uses = terms.uses === 1 ? "one person" : `${terms.uses} people`;
      context.output.say(
        `Lets ${uses} in within ${formatMs(invite.expiresAtMs - Date.now())}, as soon as any member is in reach. They type: peernet group join <link>`,
      );
    },
  },
  revoke: {
    usage: "revoke <group> <invite>",
    words: 2,
    run: async (context, client) => {
      const group = await client.revoke(word(context, 1), word(context, 2));
      told(context, group, "That invite lets nobody in any more.");
    },
  },
  join: {
    usage: "join <link>",
    words: 1,
    run: async (context, client) => {
      const group = await client.join(word(context, 1));
      told(
        context,
        group,
        group.state === "in"
          ? `You are in ${inert(group.title)}, '${group.label}' here.`
          : `${inert(group.title)} is '${group.label}' here. You are in as soon as a member is in reach; 'peernet group show ${group.label}' tells.`,
      );
    },
  },
  add: {
    usage: "add <group> <contact> … [--admin]",
    words: 2,
    run: async (context, client) => {
      const who = context.arguments.positionals.slice(2);
      const group = await client.add(word(context, 1), who, roleOf(context));
      told(context, group, `Added to ${group.label}: ${who.map(inert).join(", ")}.`);
      context.output.say(
        "They are told once they are in reach, and say themselves whether they join.",
      );
    },
  },
  role: {
    usage: "role <group> <who> admin|member",
    words: 3,
    run: async (context, client) => {
      const role = word(context, 3);
      if (role !== "admin" && role !== "member") {
        throw new CliError("usage", "A role is 'admin' or 'member'. Owners: peernet group quorum.");
      }
      const group = await client.role(word(context, 1), word(context, 2), role);
      told(context, group, `${inert(word(context, 2))} is ${role} of ${group.label} now.`);
    },
  },
  remove: {
    usage: "remove <group> <who>",
    words: 2,
    run: async (context, client) => {
      const group = await client.remove(word(context, 1), word(context, 2));
      told(context, group, `${inert(word(context, 2))} is out of ${group.label}.`);
      context.output.say(
        "Members hear of it as they meet, at the latest in 30 days. What the person has already stays theirs" +
          (group.hasFolder
            ? "; 'peernet group folder' makes a new folder that they do not have."
            : "."),
      );
      for (const { name } of group.orphans) {
        context.output.say(
          `${inert(name)} fell out with them: ${typedCommand("group add", [group.label, name])}`,
        );
      }
    },
  },
  leave: {
    usage: "leave <group>",
    words: 1,
    run: async (context, client) => {
      const group = word(context, 1);
      const { label } = await client.info(group);
      const { communities } = await (await connect(context)).communities.list();
      await client.leave(group);
      context.output.result({ group, left: true }, () => `You have left ${inert(group)}.`);
      for (const line of leftBehind(label, communities)) context.output.say(line);
      context.output.say(
        `It stays here until members have heard of it; then: peernet group forget ${inert(group)}`,
      );
    },
  },
  forget: {
    usage: "forget <group>",
    words: 1,
    run: async (context, client) => {
      const group = word(context, 1);
      await client.forget(group);
      context.output.result({ group, forgotten: true }, () => `${inert(group)} is gone from here.`);
    },
  },
};

const order: Readonly<Record<string, Action>> = {
  name: {
    usage: "name <group> <name> [who or address]",
    words: 2,
    run: async (context, client) => {
      const [name, means] = [word(context, 2), word(context, 3)];
      const group = await client.name(word(context, 1), name, means === "" ? undefined : means);
      const words = means === "" ? "is free again" : `means ${inert(means)}`;
      told(context, group, `${name}.${group.label}.peer.alt ${words}.`);
    },
  },
  title: {
    usage: "title <group> <title>",
    words: 2,
    run: async (context, client) => {
      const title = context.arguments.positionals.slice(2).join(" ");
      const group = await client.change(word(context, 1), { title });
      told(context, group, `The group calls itself ${inert(group.title)} now.`);
    },
  },
  rename: {
    usage: "rename <group> <name here>",
    words: 2,
    run: async (context, client) => {
      const group = await client.change(word(context, 1), { label: word(context, 2) });
      told(
        context,
        group,
        `It is '${group.label}' here now. Rules for its old name are not moved.`,
      );
    },
  },
  folder: {
    usage: "folder <group>",
    words: 1,
    run: async (context, client) => {
      const folder = await client.share(word(context, 1));
      context.output.result(folder, () => `Members share the folder '${inert(folder.name)}' now.`);
      context.output.say(`Put something in: ${typedCommand("folder put", [folder.name])} <file>`);
    },
  },
  quorum: {
    usage:
      "quorum <group> [owner … [--of N] [--heir WHO …] | --remove WHO | --agree ID | --take-over]",
    words: 1,
    run: runQuorum,
  },
};

async function runQuorum(context: CommandContext, client: GroupsClient): Promise<void> {
  const group = word(context, 1);
  const owners = context.arguments.positionals.slice(2);
  const removed = context.arguments.text("remove");
  const agree = context.arguments.text("agree");
  const takeOver = context.arguments.flag("take-over");
  if (owners.length === 0 && removed === undefined && agree === undefined && !takeOver) {
    const found = await client.info(group);
    context.output.result(
      {
        owners: found.owners,
        quorum: found.quorum,
        heirs: found.heirs,
        proposals: found.proposals,
      },
      () => describeGroup(found),
    );
    return;
  }
  const of = context.arguments.text("of");
  if (of !== undefined && !/^\d+$/.test(of)) {
    throw new CliError("usage", `--of needs a number of owners, not '${of}'.`);
  }
  const before = await client.info(group);
  const result = await client.vote(group, {
    ...(takeOver ? { takeOver } : {}),
    ...(agree === undefined ? {} : { agree }),
    ...(removed === undefined ? {} : { remove: [removed] }),
    ...(owners.length === 0 ? {} : { owners, heirs: context.arguments.texts("heir") }),
    ...(of === undefined ? {} : { quorum: Number(of) }),
  });
  // The vote counts, whatever comes of asking once more.
  const after = await client.info(group).catch(() => before);
  context.output.result(result, () => voteText(result, { agree, removed }, before, after));
}

const ACTIONS: Readonly<Record<string, Action>> = { ...membership, ...order };

/** `peernet group` */
export const groupCommand: Command = {
  name: "group",
  usage: `<${Object.keys(ACTIONS).join("|")}> …`,
  summary: "private groups: members, a folder, and a network of their own",
  details:
    "A group works without any server and while the network is in parts: whoever meets brings the\n" +
    "others up to date. 'peernet allow <group> 22' lets its members, and nobody else, reach a port.\n\n" +
    Object.values(ACTIONS)
      .map(({ usage }) => `  peernet group ${usage}`)
      .join("\n"),
  options: {
    admin: { type: "boolean", help: "invite, add: as an admin, who may let others in" },
    uses: { type: "string", value: "N", help: "invite: how many people it lets in (1)" },
    for: { type: "string", value: "TIME", help: "invite: how long, such as 36h or 7d (7d)" },
    "no-qr": { type: "boolean", help: "invite: print the link alone" },
    of: { type: "string", value: "N", help: "quorum: how many owners decide together" },
    heir: { type: "string", value: "WHO", multiple: true, help: "quorum: follows silent owners" },
    remove: { type: "string", value: "WHO", help: "quorum: vote to remove somebody" },
    agree: { type: "string", value: "ID", help: "quorum: vote for what was proposed" },
    "take-over": { type: "boolean", help: "quorum: as an heir, after 90 days of silence" },
  },
  positionals: [1, 12],
  run: async (context) => {
    const action = underWord(ACTIONS, word(context, 0));
    if (action === undefined || context.arguments.positionals.length <= action.words) {
      const usage = action?.usage ?? `<${Object.keys(ACTIONS).join("|")}>`;
      throw new CliError("usage", `Type: peernet group ${usage}`);
    }
    await action.run(context, (await connect(context)).groups);
    return EXIT.ok;
  },
};
