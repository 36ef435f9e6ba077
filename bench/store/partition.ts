import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { type IslandsResult, runIslands } from "../../src/simulation/islands/run.ts";
import { IslandsLab, type IslandsOutcome } from "../../test/netns/islands.ts";
import { whyNoNamespaces } from "../../test/netns/lab.ts";
import { type BenchOptions, type BenchRival, type BenchRow, benchRow } from "../row.ts";
import { syncthingRival } from "./partition-syncthing.ts";

const SEEDS = { full: 12, usual: 3 };

function rowsOf(
  bed: "sim" | "netns",
  lost: number | null,
  previewPercent: number | null,
  notes: readonly [lost: string, preview: string],
  rivals: readonly BenchRival[] = [],
): BenchRow[] {
  return [
    { ...benchRow(`store.partition.${bed}.lost-writes`, lost, "writes", rivals), note: notes[0] },
    {
      ...benchRow(`store.partition.${bed}.preview.percent`, previewPercent, "%"),
      note: notes[1],
    },
  ];
}

/** Whole peers in the simulator, seed after seed. */
function simulatedRows(seeds: number): BenchRow[] {
  const suite = createNodeSuite();
  const results: IslandsResult[] = [];
  for (let seed = 1; seed <= seeds; seed++) results.push(runIslands({ seed, suite }));
  const sum = (count: (result: IslandsResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const tried = sum(({ cutOff, healed }) => cutOff.tried + healed.tried);
  const seen = sum(({ cutOff, healed }) => cutOff.seen + healed.seen);
  const cutOff = sum((result) => result.cutOff.tried);
  const most = (count: (result: IslandsResult) => number): number =>
    Math.max(...results.map(count));
  const about = `${seeds} seeds of ${results[0]?.peers ?? 0} whole peers on 3 islands`;
  const settledMs = most(({ calmMs }) => calmMs.routed + calmMs.settled);
  return rowsOf(
    "sim",
    sum(({ lost }) => lost),
    (100 * seen) / tried,
    [
      `${sum(({ acknowledged }) => acknowledged)} writes acknowledged on the islands, ` +
        `${sum(({ conflictCopies }) => conflictCopies)} kept as further versions of one file; two machines ` +
        `of each island crash meanwhile; all the same everywhere at most ${(settledMs / 1_000).toFixed(1)} s ` +
        `after the heal; ${about}`,
      `${cutOff} looks while cut off, by everybody at every object put before, and ${tried - cutOff} after the ` +
        `heal, also at those put meanwhile; an island had at least ` +
        `${Math.min(...results.map(({ fewestFragments }) => fewestFragments))} of an object's 40 fragments; ${about}`,
    ],
  );
}

/** Real processes in network namespaces. */
async function namespaceRows(): Promise<BenchRow[]> {
  const reason = whyNoNamespaces();
  if (reason !== undefined) {
    const note = `without network namespaces: ${reason}`;
    return rowsOf("netns", null, null, [note, note]);
  }
  const lab = new IslandsLab();
  let found: IslandsOutcome;
  try {
    found = await lab.run();
  } finally {
    await lab.remove();
  }
  const { acknowledged, lost, previews, layers, versions, hosts } = found;
  const bed = `${hosts} processes on 3 islands`;
  const notes = [
    `${acknowledged} writes acknowledged on the islands, files read by every member afterwards, ` +
      `objects by the next island; ${versions.join(", ")} versions of the file that all three wrote; ${bed}` +
      (lost.length === 0 ? "" : `; lost: ${lost.join("; ")}`),
    `a picture put before, asked for on each island while cut off; layers seen: ${layers.join(", ")}; ${bed}`,
  ] as const;
  const percent = (100 * previews.seen) / previews.tried;
  return rowsOf("netns", lost.length, percent, notes, [await syncthingRival()]);
}

/**
 * A mesh falls into three islands; people write on each, files of a shared folder and objects, also
 * at the same path at the same time; then the islands find each other again. Lost is an acknowledged
 * write that somebody entitled to it cannot read whole afterwards, unless somebody who had seen it
 * replaced it; versions kept beside each other are not lost.
 */
export async function partitionRows({ full }: BenchOptions): Promise<BenchRow[]> {
  return [...simulatedRows(full ? SEEDS.full : SEEDS.usual), ...(await namespaceRows())];
}
