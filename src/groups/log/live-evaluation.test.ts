import { beforeEach, describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import {
  FUZZ_VOUCHING,
  type FuzzDevice,
  fuzzDevice,
  type Twist,
  written,
} from "../../simulation/groups/fuzz-people.ts";
import { createToySuite } from "../../simulation/toy-suite.ts";
import { type Body, GroupLog, type Op } from "./index.ts";
import { LiveEvaluation } from "./live-evaluation.ts";

const suite = createToySuite(createNodeSuite());
const device = (name: string, number = "0"): FuzzDevice => fuzzDevice(suite, name, number);
const [anna, ben, cleo, dora] = ["anna", "ben", "cleo", "dora"].map((name) => device(name)) as [
  ...[FuzzDevice, FuzzDevice, FuzzDevice, FuzzDevice],
];
const annasPhone = device("anna", "1");

let log: GroupLog;
let genesis: Op;

beforeEach(() => {
  log = new GroupLog(suite, FUZZ_VOUCHING);
  const rest = { nonce: new Uint8Array(16), owners: [anna.person], quorum: 1, label: "anna" };
  genesis = write(anna, { t: "genesis", title: "Coop", ...rest });
});

function write(by: FuzzDevice, body: Body, twist: Twist = {}): Op {
  const op = written(suite, log, by, body, twist);
  log.add(op);
  return op;
}

function add(by: FuzzDevice, whom: FuzzDevice, role: "member" | "admin", twist: Twist = {}): Op {
  const targets = [{ person: whom.person, label: "m" }];
  return write(by, { t: "add", role, targets }, twist);
}

const remove = (by: FuzzDevice, whom: FuzzDevice, twist: Twist = {}): Op =>
  write(by, { t: "remove", targets: [whom.person] }, twist);
const isIn = (whom: FuzzDevice): boolean => log.members().has(whom.person);

/** What is said after each step is what a look at the whole log says. */
function expectSame(): void {
  expect(log.digest()).toBe(log.freshDigest());
}

describe("an operation that arrives after others that it changes", () => {
  test("somebody turns out to be senior to whoever had let them in", () => {
    add(anna, cleo, "admin");
    add(cleo, ben, "admin");
    add(ben, dora, "member");
    expect(isIn(dora)).toBe(true);
    // The first word of Anna's phone, said long ago: from now on Ben is judged before Cleo is.
    add(annasPhone, ben, "admin", { deps: [genesis.id] });
    expectSame();
  });

  test("somebody was removed before they were known here, by a junior of theirs", () => {
    add(anna, cleo, "admin");
    remove(cleo, ben);
    expect(isIn(ben)).toBe(false);
    add(annasPhone, ben, "member", { deps: [genesis.id] });
    expect(isIn(ben)).toBe(true);
    expectSame();
  });

  test("somebody was removed before they were known here, by a senior of theirs", () => {
    const cleos = add(anna, cleo, "admin");
    const doras = add(anna, dora, "admin");
    remove(cleo, ben);
    add(dora, ben, "member", { deps: [doras.id, cleos.id] });
    expect(isIn(ben)).toBe(false);
    expectSame();
  });
});

describe("what does not count", () => {
  test("costs no look at the whole log, whoever is meant by it", () => {
    const bens = add(anna, ben, "member");
    add(anna, cleo, "admin");
    write(cleo, { t: "name", label: "nas", target: undefined });
    add(cleo, dora, "member");
    for (const body of [
      { t: "remove", targets: [cleo.person] },
      { t: "role", person: cleo.person, role: "member" },
      { t: "add", role: "admin", targets: [{ person: dora.person, label: "m" }] },
    ] as const) {
      const evaluation = LiveEvaluation.of(suite, log.ops);
      const last = log.ops.lastOf(ben.keyHex)?.op.id ?? bens.id;
      const entry = log.add(written(suite, log, ben, body, { deps: [last] }));
      expect(entry !== undefined && evaluation.extend(entry)).toBe(true);
      expectSame();
    }
    expect([isIn(cleo), isIn(dora)]).toEqual([true, true]);
  });
});
