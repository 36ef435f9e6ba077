import { babeld, type MeshRival, tinc, yggdrasil } from "../rivals/mesh.ts";
import { type BenchRival, median } from "../row.ts";

/** The middle of some runs of each rival, or why there is none. */
export async function rivals(
  runs: number,
  measure: (rival: MeshRival) => Promise<number | null>,
): Promise<readonly BenchRival[]> {
  const found: BenchRival[] = [];
  for (const rival of [yggdrasil(), babeld(), tinc()])
    found.push(await oneRival(rival, runs, measure));
  return found;
}

async function oneRival(
  rival: MeshRival,
  runs: number,
  measure: (rival: MeshRival) => Promise<number | null>,
): Promise<BenchRival> {
  const { name, version } = rival;
  if (process.env["PEERNET_RIVALS"] === "0") {
    return { name, value: null, note: "left out, as PEERNET_RIVALS=0 asks" };
  }
  if (version === null) {
    return { name, value: null, note: "not installed (Debian package, needs root)" };
  }
  const values: number[] = [];
  for (let run = 0; run < runs; run++) {
    const value = await measure(rival);
    if (value === null) return { name, value, note: `Debian ${version}, gave no answer in a run` };
    values.push(value);
  }
  console.error(`${name}: ${values.map(Math.round).join(" ")}`);
  const how = runs === 1 ? "one run" : `middle of ${runs} runs`;
  return { name, value: median(values), note: `Debian ${version}, ${how}` };
}
