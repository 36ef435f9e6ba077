import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import {
  FUZZ_VOUCHING,
  type FuzzDevice,
  fuzzDevice,
  written,
} from "../../simulation/groups/fuzz-people.ts";
import { createToySuite } from "../../simulation/toy-suite.ts";
import { type Body, GroupLog } from "./index.ts";
import { MEMBERS_MAX, NAMES_MAX, OPS_MAX, OPS_PER_DEVICE_MAX, TARGETS_MAX } from "./limits.ts";

const suite = createToySuite(createNodeSuite());
const anna = fuzzDevice(suite, "anna", "0");

function founded(): { log: GroupLog; write: (body: Body, by?: FuzzDevice) => void } {
  const log = new GroupLog(suite, FUZZ_VOUCHING);
  const write = (body: Body, by = anna): void => void log.add(written(suite, log, by, body));
  const rest = { owners: [anna.person], quorum: 1, label: "anna" };
  write({ t: "genesis", title: "Coop", nonce: new Uint8Array(16), ...rest });
  return { log, write };
}

function codeOf(make: () => void): string {
  try {
    make();
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
  return "done";
}

describe("a log at its limits", () => {
  test("has as many members as there may be, the most senior ones", () => {
    const { log, write } = founded();
    const people = Array.from({ length: MEMBERS_MAX }, (_, at) => ({
      person: (at + 1).toString(16).padStart(32, "0"),
      label: "m",
    }));
    const add = (targets: typeof people): void => write({ t: "add", role: "member", targets });
    const [last, ...fitting] = people.reverse();
    for (let at = 0; at < fitting.length; at += TARGETS_MAX)
      add(fitting.slice(at, at + TARGETS_MAX));
    expect(log.members().size).toBe(MEMBERS_MAX);
    if (last !== undefined) add([last]);
    expect(log.members().size).toBe(MEMBERS_MAX);
    expect(log.members().has(last?.person ?? "")).toBe(false);
    expect(log.members().has(anna.person)).toBe(true);
  });

  test("gives as many names as there may be", () => {
    const { log, write } = founded();
    const target = { t: "person", id: anna.person } as const;
    const name = (at: number): void =>
      write({ t: "name", label: `n${String(at).padStart(6, "0")}`, target });
    for (let at = 0; at < NAMES_MAX; at++) name(at);
    expect(log.names()).toHaveLength(NAMES_MAX);
    name(NAMES_MAX);
    expect(log.names()).toHaveLength(NAMES_MAX);
  });

  test("takes so many operations of a device, and no further one", () => {
    const { log, write } = founded();
    while (log.ops.size < OPS_PER_DEVICE_MAX) write({ t: "epoch" });
    expect(codeOf(() => write({ t: "epoch" }))).not.toBe("done");
    expect(log.ops.size).toBe(OPS_PER_DEVICE_MAX);
    const other = fuzzDevice(suite, "anna", "1");
    expect(codeOf(() => write({ t: "epoch" }, other))).toBe("done");
  });

  test("takes so many operations in all, and no further one", () => {
    const { log, write } = founded();
    // Further ones are not needed to see the bound: what a log holds is counted by its entries.
    const [genesis] = log.ops.entries;
    if (genesis === undefined) throw new RangeError("a log begins with its genesis");
    while (log.ops.entries.length < OPS_MAX - 1) log.ops.entries.push(genesis);
    expect(codeOf(() => write({ t: "epoch" }))).toBe("done");
    expect(codeOf(() => write({ t: "epoch" }))).toBe("full");
  });
});
