import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { fromHex, toHex } from "../../base/bytes.ts";
import { must, TypedError } from "../../base/errors.ts";
import {
  FUZZ_VOUCHING,
  fuzzDevice,
  inviteKeyOf,
  joinBody,
  written,
} from "../../simulation/groups/fuzz-people.ts";
import { createToySuite } from "../../simulation/toy-suite.ts";
import { GroupLog } from "./group-log.ts";
import { pastOf, readSkeleton, writeSkeleton } from "./skeleton.ts";
import type { Body } from "./types.ts";

const suite = createToySuite(createNodeSuite());
const anna = fuzzDevice(suite, "anna", "0");
const ben = fuzzDevice(suite, "ben", "0");
const cleo = fuzzDevice(suite, "cleo", "0");
const dora = fuzzDevice(suite, "dora", "0");

/** Anna founded it, Ben is an admin, Cleo and Dora came by a link. */
function coop(): GroupLog {
  const log = new GroupLog(suite, FUZZ_VOUCHING);
  const say = (by: typeof anna, body: Body) => {
    const op = written(suite, log, by, body);
    log.add(op);
    return op;
  };
  const owners = [anna.person];
  const nonce = new Uint8Array(16).fill(7);
  say(anna, { t: "genesis", title: "Coop", nonce, owners, quorum: 1, label: "anna" });
  const targets = [{ person: ben.person, label: "ben" }];
  say(anna, { t: "add", role: "admin", targets });
  const key = inviteKeyOf(suite, ben.person);
  const terms = { key: key.publicKey, uses: 9, expiresAtMs: 1, role: "member" } as const;
  const { id } = say(ben, { t: "invite", ...terms });
  for (const guest of [cleo, dora]) {
    log.add(written(suite, log, guest, joinBody(log, guest, id, key)));
  }
  say(ben, { t: "name", label: "printer", target: { t: "person", id: owners[0] ?? "" } });
  return log;
}

function skeletonOf({ ops }: GroupLog): Uint8Array {
  return writeSkeleton(
    ops,
    ops.entries.map(() => true),
  );
}

function begun(skeleton: Uint8Array): GroupLog {
  const log = new GroupLog(suite, FUZZ_VOUCHING);
  log.begin(readSkeleton(suite, FUZZ_VOUCHING, skeleton));
  return log;
}

describe("a skeleton", () => {
  test("says what the operations say, in a fraction of the bytes", () => {
    const log = coop();
    const skeleton = skeletonOf(log);
    const read = begun(skeleton);
    expect(read.digest()).toBe(log.digest());
    // The genesis alone comes as a whole.
    expect(read.ops.thinOps).toBe(log.ops.size - 1);
    const bytes = log.ops.entries.reduce((sum, { op }) => sum + op.bytes.length, 0);
    expect(skeleton.length).toBeLessThan(bytes / 2);
  });

  test("of version 1 is read for ever", () => {
    const log = begun(must(fromHex(KEPT), "it is hexadecimal"));
    expect(log.digest()).toBe(coop().digest());
    expect(toHex(skeletonOf(coop()))).toBe(KEPT);
  });

  test("is the same bytes, whatever came first", () => {
    const [one, other] = [coop(), coop()];
    const name = (log: GroupLog, device: typeof anna, label: string): void => {
      log.add(written(suite, log, device, { t: "name", label, target: undefined }));
    };
    name(one, anna, "a");
    name(other, ben, "b");
    for (const { op } of [...one.ops.entries]) other.add(op);
    for (const { op } of [...other.ops.entries]) one.add(op);
    expect(one.ops.entries.map(({ op }) => op.id)).not.toEqual(
      other.ops.entries.map(({ op }) => op.id),
    );
    expect(skeletonOf(one)).toEqual(skeletonOf(other));
  });

  test("of a part of the log holds all that comes before, and needs nothing else", () => {
    const { ops } = coop();
    const cut = pastOf(ops, [2]);
    expect(cut).toEqual([true, true, true, false, false, false]);
    expect(begun(writeSkeleton(ops, cut)).members().size).toBe(2);
  });

  test("is filled with the operations themselves, and with no others", () => {
    const log = coop();
    const read = begun(skeletonOf(log));
    const [, add] = log.ops.entries;
    const { op } = must(add, "Ben was added");
    const label = {
      t: "add",
      role: "admin",
      targets: [{ person: op.author, label: "x" }],
    } as const;
    expect(() => read.add({ ...op, body: label })).toThrow("not so");
    expect(() => read.add({ ...op, seq: 3 })).toThrow("not so");
    const signature = op.bytes.slice();
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    expect(() => read.add({ ...op, bytes: signature })).toThrow("not so");
    expect(read.add(op)?.op.bytes.length).toBeGreaterThan(0);
    for (const each of log.ops.entries) read.add(each.op);
    expect(read.ops.thinOps).toBe(0);
    expect(read.freshDigest()).toBe(log.digest());
  });

  test("no bit and no length of it makes anything but another log or a typed error", () => {
    const skeleton = skeletonOf(coop());
    const tries = [...skeleton.keys()].flatMap((at) => [
      skeleton.slice(0, at),
      ...[0, 3, 7].map((bit) =>
        skeleton.map((byte, here) => (here === at ? byte ^ (1 << bit) : byte)),
      ),
    ]);
    let refused = 0;
    for (const bytes of tries) {
      try {
        begun(bytes).members();
      } catch (error) {
        expect(error).toBeInstanceOf(TypedError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(skeleton.length);
  });
});

/** Written by the first version that had them. */
const KEPT = [
  "0137a1f385df17855491828565c092b701060040a887014058200fe16bd14ff1aa84674a10f691f0e8c8573f",
  "b082566ecae2d936ca065e09e9aa01805072d2c5837b78451aa252b77e18e9fb0d860064436f6f7050070707",
  "07070707070707070707070707815072d2c5837b78451aa252b77e18e9fb0d0164616e6e6173e0987ae527ee",
  "2cda291855c7e1dfa0e73ca25346534625e08fc611c1335d1273e0987ae527ee2cda291855c7e1dfa0e73ca2",
  "5346534625e08fc611c1335d12024c38d646568511374fc7f9a6c00b6980d41a9cd201f113530e748ca91f2d",
  "e7ab010201011a830101818250a51ffa3197f2e7906f08d39118fb8d066362656e026a662a521da0b177e416",
  "6901b2d878a8e68c46c834f9d24c28b312ff0992784800370f12f781230db7bf4842a8f996bc5116b4688c59",
  "867097dc6d52457d1213d6a51ffa3197f2e7906f08d39118fb8d06010101278504582071885f91ab388b6615",
  "e54a2b8b76a953df38feeee68d6fa2e290d79e8571d4440901000117fb443eb2444134650f4a5d91977a04f7",
  "eeacb31206ae5f6c6d19c4a90350572176f432c9620922febd43a21a637044010100056775657374037adee3",
  "cc084c30b807cf79811a8c8305b097e3cbd50687092bdbcefefe2911aac993f6a7c3fa79a8d46a757a887b18",
  "7b056775657374022bfc2ac4ed7ebbde86863e13c0fc243cedab903196b4012c878c657c7b794a0b02020203",
  "011c8408677072696e746572005072d2c5837b78451aa252b77e18e9fb0d",
].join("");
