import { expect, test } from "vitest";
import type { GroupBody, GroupProposalBody } from "../../api/client/index.ts";
import { describeGroup, groupRow, voteText } from "./group-words.ts";

const joining: GroupBody = {
  ...{
    id: "00",
    label: "our-coop",
    title: "Our Coop",
    state: "joining",
    ops: 0,
    opsBelieved: 0,
    refusals: 0,
  },
  ...{ network: "fc12::/64", address: "fc12::1" },
  ...{ epoch: null, members: [], owners: [], quorum: 0, heirs: [], proposals: [] },
  ...{ names: [], invites: [], orphans: [], forked: [] },
  ...{ partners: [], hasFolder: false, folder: null },
};

test("who joins and met nobody yet is told to wait", () => {
  expect(describeGroup(joining)).toContain("waits for a member in reach");
  expect(groupRow(joining)).toContain("waits for a member in reach");
});

test("whom members refuse is not told to wait for them, but what to ask for", () => {
  const refused = { ...joining, refusals: 1 };
  const words = describeGroup(refused);
  expect(words).toContain("have refused this device (1 time): the link was used up");
  expect(words).toContain("peernet group forget our-coop");
  expect(words).not.toContain("waits for a member");
  expect(groupRow(refused)).toContain("members have refused this device");
});

test("whom members refuse though the log says that they are in is told that they may have been removed", () => {
  const member = { ...joining, state: "in", refusals: 2 } as const;
  expect(describeGroup(member)).toContain("(2 times), and none has taken it since: you may have");
  expect(groupRow(member)).toContain("members have refused this device");
  expect(describeGroup({ ...member, refusals: 0 })).not.toContain("refused");
  const out = describeGroup({ ...member, state: "out" });
  expect(out).toContain("Members have refused this device 2 times.");
});

test("who believes a checkpoint is told what has not come yet", () => {
  const believing = { ...joining, state: "in", ops: 80, opsBelieved: 78 } as const;
  expect(describeGroup(believing)).toContain("78 of its 80 operations are believed");
  expect(describeGroup({ ...believing, opsBelieved: 0 })).not.toContain("on the way");
});

test("an invite that somebody made to end at no time at all does not keep the group from being shown", () => {
  const invite = { id: "00ff", by: "mallory", role: "member", uses: 1, used: 0 } as const;
  const words = describeGroup({
    ...joining,
    state: "in",
    invites: [{ ...invite, expiresAtMs: Number.MAX_SAFE_INTEGER }],
  });
  expect(words).toContain("Invite 00ff by mallory: member, 0 of 1 used, until ?");
});

test("a vote says what was decided, and for whom", () => {
  const removal: GroupProposalBody = {
    ...{ id: "3f2ab1c9d0", what: "remove", people: ["dan"], quorum: null },
    ...{ voters: ["ben"], needed: 2 },
  };
  const group = { ...joining, state: "in", owners: ["ben", "cleo"], quorum: 2 } as const;
  const waiting = { ...group, proposals: [removal] };
  const taken = { votes: 2, needed: 2, isTaken: true };
  expect(voteText(taken, { agree: "3f2a" }, waiting, group)).toBe(
    "It is decided: dan is out of our-coop.",
  );
  expect(voteText(taken, { removed: "dan" }, group, group)).toBe(
    "It is decided: dan is out of our-coop.",
  );
  expect(voteText(taken, {}, joining, group)).toBe(
    "It is decided: owners of our-coop are ben, cleo, 2 of them together.",
  );
});

test("a vote that does not suffice says what the others type, ready to be pasted", () => {
  const proposal: GroupProposalBody = {
    ...{ id: "3f2ab1c9d0", what: "owners", people: ["ben", "cleo"], quorum: 2 },
    ...{ voters: ["ben"], needed: 2 },
  };
  const after = { ...joining, proposals: [proposal] };
  const vote = { votes: 1, needed: 2, isTaken: false };
  const words =
    "Your vote counts (owners: ben, cleo, 2 together): 1 of 2 are for it. The others agree with: " +
    "peernet group quorum our-coop --agree 3f2ab1c9.";
  expect(voteText(vote, {}, joining, after)).toBe(words);
  expect(voteText(vote, { agree: "3F2A" }, after, after)).toBe(words);
  // It was there already, and nothing says which one it is.
  expect(voteText(vote, {}, after, after)).toContain("--agree <id>, as 'peernet group show'");
});
