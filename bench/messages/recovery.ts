import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { AssertionError } from "../../src/base/errors.ts";
import { fuzzRound } from "../../src/devices/log/fuzz.fixture.ts";
import { testRandom } from "../../src/testing/index.ts";
import { type ComeBack, RecoveryScenario } from "../../test/cli/recovery-scenario.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const FRIENDS = ["Ben", "Cleo", "Dan", "Eve", "Finn"];
const NEED = 3;
const FUZZ_ROUNDS = 1_000;
const FUZZ_ROUNDS_FULL = 100_000;

/** Three devices, two lost, back by words and by three of five friends: all real processes. */
export async function run({ full }: BenchOptions): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), "peernet-recovery-"));
  const scenario = new RecoveryScenario({ folder, friends: FRIENDS, need: NEED });
  try {
    const { byWords, byFriends } = await scenario.play();
    return [...rowsOf("words", byWords), ...rowsOf("friends", byFriends), fuzz(full)];
  } finally {
    await scenario.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(way: string, { talking, unreadable, tookMs }: ComeBack): readonly BenchRow[] {
  const id = `messages.recovery.${way}`;
  const how =
    way === "words"
      ? "by the 24 words"
      : `by ${NEED} of ${FRIENDS.length} friends, one after another`;
  const note = `${FRIENDS.length} contacts, 3 devices of which 2 were killed for good; restored ${how}, the lost ones revoked, a message each way with every contact`;
  return [
    { ...benchRow(`${id}.contacts`, talking, "contacts"), note },
    {
      ...benchRow(`${id}.unreadable`, unreadable, "messages"),
      note: "messages that did not open, on all devices that run afterwards",
    },
    {
      ...benchRow(`${id}.seconds`, tookMs / 1_000, "s"),
      note: "from the command until the last message of the last contact, processes started and ended on the way",
    },
  ];
}

/** Rounds of the device log under hostile operations after which replicas differed, or worse. */
function fuzz(full: boolean): BenchRow {
  const suite = createNodeSuite();
  const random = testRandom("device log bench");
  const rounds = full ? FUZZ_ROUNDS_FULL : FUZZ_ROUNDS;
  let bad = 0;
  let ops = 0;
  for (let round = 0; round < rounds; round++) {
    try {
      ops += fuzzRound(suite, random.fork("round")).ops;
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      bad++;
    }
  }
  const row = benchRow("messages.recovery.log-fuzz", bad, "rounds");
  const note = `of ${rounds} rounds with 3 replicas, 35 % hostile operations, ${ops} operations in all: replicas that differ, a device revoked by a junior one, or a void operation that counts`;
  return { ...row, note };
}
