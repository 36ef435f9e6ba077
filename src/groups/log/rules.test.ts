import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { must } from "../../base/errors.ts";
import {
  FUZZ_VOUCHING,
  type FuzzDevice,
  fuzzDevice,
  inviteKeyOf,
  joinBody,
  type Twist,
  written,
} from "../../simulation/groups/fuzz-people.ts";
import { createToySuite } from "../../simulation/toy-suite.ts";
import { type Body, type Decision, GroupLog, type Member, type Op } from "./index.ts";

const suite = createToySuite(createNodeSuite());
const device = (name: string): FuzzDevice => fuzzDevice(suite, name, "0");
const [anna, ben, cleo, dora, evan] = ["anna", "ben", "cleo", "dora", "evan"].map(device) as [
  ...[FuzzDevice, FuzzDevice, FuzzDevice, FuzzDevice, FuzzDevice],
];

/** One part of the network: a log, and those in it write. */
class Part {
  readonly log = new GroupLog(suite, FUZZ_VOUCHING);

  write(by: FuzzDevice, body: Body, twist: Twist = {}): Op {
    const op = written(suite, this.log, by, body, twist);
    this.log.add(op);
    return op;
  }

  add(by: FuzzDevice, whom: FuzzDevice, role: "admin" | "member" = "member"): Op {
    return this.write(by, { t: "add", role, targets: [{ person: whom.person, label: "m" }] });
  }

  remove(by: FuzzDevice, whom: FuzzDevice): Op {
    return this.write(by, { t: "remove", targets: [whom.person] });
  }

  vote(by: FuzzDevice, decision: Decision): Op {
    return this.write(by, { t: "vote", base: this.log.ownership.base, decision });
  }

  hear(other: Part): void {
    for (const { op } of other.log.ops.entries) if (!this.log.ops.has(op.id)) this.log.add(op);
  }

  /** What somebody is here; "out" for who does not belong. */
  role(whom: FuzzDevice): Member["role"] | "out" {
    return this.log.members().get(whom.person)?.role ?? "out";
  }
}

/** Anna's group in two parts, with Ben and Cleo as admins. */
function parts(): { readonly a: Part; readonly b: Part } {
  const [a, b] = [new Part(), new Part()];
  const nonce = new Uint8Array(16);
  const owners = [anna.person];
  a.write(anna, { t: "genesis", title: "coop", nonce, owners, quorum: 1, label: "anna" });
  a.add(anna, ben, "admin");
  a.add(anna, cleo, "admin");
  b.hear(a);
  return { a, b };
}

/** Both have heard everything, and say the same. */
function merge(a: Part, b: Part): void {
  a.hear(b);
  b.hear(a);
  expect(a.log.digest()).toBe(b.log.digest());
  expect(a.log.freshDigest()).toBe(b.log.digest());
}

describe("who belongs to a group", () => {
  test("what a removed admin wrote without the removal's author having seen it is void", () => {
    const { a, b } = parts();
    a.add(ben, evan);
    b.hear(a);
    a.remove(anna, ben);
    b.add(ben, dora);
    merge(a, b);
    expect([ben, dora, evan].map((who) => a.role(who))).toEqual(["out", "out", "member"]);
    expect(a.log.orphans()).toMatchObject([{ person: dora.person, addedBy: ben.person }]);
    a.write(anna, { t: "add", role: "member", targets: [{ person: dora.person, label: "dora" }] });
    expect(a.log.orphans()).toEqual([]);
    expect(a.role(dora)).toBe("member");
  });

  test("only seniors remove: two who remove each other are not both out", () => {
    const { a, b } = parts();
    a.remove(ben, cleo);
    b.remove(cleo, ben);
    merge(a, b);
    expect([ben, cleo].map((who) => a.role(who))).toEqual(["admin", "out"]);
  });

  test("nobody alone removes an owner, not even the founder another owner", () => {
    const { a } = parts();
    const owners = [anna.person, ben.person, cleo.person];
    a.vote(anna, { t: "owners", owners, quorum: 2, heirs: [] });
    a.remove(ben, anna);
    a.remove(anna, ben);
    expect([anna, ben, cleo].map((who) => a.role(who))).toEqual(["owner", "owner", "owner"]);
    a.vote(ben, { t: "remove", targets: [anna.person] });
    expect(a.role(anna)).toBe("owner");
    expect(a.log.proposals()).toMatchObject([{ voters: [ben.person] }]);
    a.vote(cleo, { t: "remove", targets: [anna.person] });
    expect(a.role(anna)).toBe("out");
    expect(a.log.ownership).toMatchObject({ owners: [ben.person, cleo.person], quorum: 2 });
    a.add(anna, dora);
    expect(a.role(dora)).toBe("out");
  });

  test("added in one part and removed in the other: removed, until added again knowingly", () => {
    const { a, b } = parts();
    a.add(anna, dora);
    b.hear(a);
    a.remove(anna, dora);
    b.add(ben, dora);
    merge(a, b);
    expect(a.role(dora)).toBe("out");
    a.add(anna, dora);
    expect(a.role(dora)).toBe("member");
  });

  test("who leaves takes nothing back that they wrote elsewhere at the same time", () => {
    const { a, b } = parts();
    a.write(ben, { t: "leave" });
    const other = fuzzDevice(suite, "ben", "1");
    b.add(other, dora);
    merge(a, b);
    expect([ben, dora].map((who) => a.role(who))).toEqual(["out", "member"]);
  });

  test("a device that tells two stories is shut out from there on, and what it did before stays", () => {
    const { a, b } = parts();
    a.add(ben, dora);
    b.hear(a);
    a.add(ben, evan);
    b.write(ben, { t: "epoch" });
    merge(a, b);
    expect([dora, evan].map((who) => a.role(who))).toEqual(["member", "out"]);
    expect(a.log.forkedDevices()).toEqual([{ device: ben.keyHex, person: ben.person }]);
  });

  test("a role taken away voids what the person administers without it being known", () => {
    const { a, b } = parts();
    a.write(anna, { t: "role", person: ben.person, role: "member" });
    b.add(ben, dora);
    merge(a, b);
    expect([ben, dora].map((who) => a.role(who))).toEqual(["member", "out"]);
    a.write(anna, { t: "role", person: ben.person, role: "admin" });
    a.add(ben, dora);
    expect([ben, dora].map((who) => a.role(who))).toEqual(["admin", "member"]);
  });

  test("the epoch changes with every removal and with nothing else", () => {
    const { a } = parts();
    const first = a.log.epoch;
    a.add(anna, dora);
    expect(a.log.epoch).toEqual(first);
    a.remove(anna, dora);
    expect(a.log.epoch).toMatchObject({ counter: first.counter + 1 });
    expect(a.log.epoch.id).not.toBe(first.id);
  });
});

describe("invites in the log", () => {
  function invited(uses: number): { a: Part; b: Part; join: (part: Part, who: FuzzDevice) => Op } {
    const { a, b } = parts();
    const key = inviteKeyOf(suite, anna.person);
    const terms = { key: key.publicKey, uses, expiresAtMs: 9, role: "member" } as const;
    const { id } = a.write(ben, { t: "invite", ...terms });
    b.hear(a);
    const join = (part: Part, who: FuzzDevice): Op =>
      part.write(who, joinBody(part.log, who, id, key));
    return { a, b, join };
  }

  test("let in as many as they say, the same ones everywhere", () => {
    const { a, b, join } = invited(1);
    join(a, dora);
    join(b, evan);
    expect([a.role(dora), b.role(evan)]).toEqual(["member", "member"]);
    merge(a, b);
    expect([dora, evan].map((who) => a.role(who)).sort()).toEqual(["member", "out"]);
    expect(a.log.orphans()).toHaveLength(1);
    expect(a.log.invites()).toEqual([]);
  });

  test("end with their maker's removal and with a revocation", () => {
    const one = invited(5);
    one.a.remove(anna, ben);
    one.join(one.b, dora);
    merge(one.a, one.b);
    expect(one.a.role(dora)).toBe("out");
    const two = invited(5);
    const invite = must(two.a.log.invites()[0], "made").id;
    two.join(two.a, evan);
    two.a.write(ben, { t: "revoke", invite });
    two.join(two.b, dora);
    merge(two.a, two.b);
    expect([dora, evan].map((who) => two.a.role(who))).toEqual(["out", "member"]);
  });

  test("a join without the invite's signature comes from a stranger", () => {
    const { a } = invited(5);
    const invite = must(a.log.invites()[0], "made").id;
    const wrong = inviteKeyOf(suite, evan.person);
    expect(() => a.write(dora, joinBody(a.log, dora, invite, wrong))).toThrowError(
      expect.objectContaining({ code: "stranger" }),
    );
  });
});

describe("names and owners", () => {
  test("of concurrent claims the senior one has the name and the other gets -2", () => {
    const { a, b } = parts();
    const claim = (part: Part, by: FuzzDevice, whom: FuzzDevice): Op =>
      part.write(by, { t: "name", label: "printer", target: { t: "person", id: whom.person } });
    claim(a, cleo, dora);
    claim(b, ben, evan);
    merge(a, b);
    expect(a.log.names()).toMatchObject([
      { label: "printer", target: { id: evan.person } },
      { label: "printer-2", asked: "printer", target: { id: dora.person } },
    ]);
    a.write(anna, { t: "name", label: "printer", target: undefined });
    expect(a.log.names()).toEqual([]);
  });

  test("heirs take over, and an owner who is back takes the group back", () => {
    const { a, b } = parts();
    const mine = { owners: [anna.person], quorum: 1, heirs: [ben.person, cleo.person] };
    a.vote(anna, { t: "owners", ...mine });
    b.hear(a);
    const theirs = { owners: [ben.person, cleo.person], quorum: 2, heirs: [] };
    a.vote(ben, { t: "handover", ...theirs });
    expect(a.role(anna)).toBe("owner");
    a.vote(cleo, { t: "handover", ...theirs });
    expect([anna, ben, cleo].map((who) => a.role(who))).toEqual(["admin", "owner", "owner"]);
    b.vote(anna, { t: "owners", ...mine, heirs: [] });
    merge(a, b);
    expect([anna, ben, cleo].map((who) => a.role(who))).toEqual(["owner", "admin", "admin"]);
  });

  test("two decisions on one base: an owner voted for both, and everybody takes the same", () => {
    const { a, b } = parts();
    a.vote(anna, { t: "owners", owners: [anna.person, ben.person], quorum: 2, heirs: [] });
    const other = fuzzDevice(suite, "anna", "1");
    b.vote(other, { t: "owners", owners: [anna.person, cleo.person], quorum: 2, heirs: [] });
    merge(a, b);
    expect(a.log.ownership.owners).toHaveLength(2);
  });
});
