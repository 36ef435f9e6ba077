import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { LayerPlan } from "../../../media/index.ts";
import { SILENT_LOG } from "../../../ports/index.ts";
import { LAYERING_INLINE_BYTES } from "./limits.ts";
import { LayeringThread } from "./thread.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-layering-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A thread that answers as this text says; the true one needs the package to be built. */
function workerFile(name: string, onMessage: string): URL {
  const file = join(folder, `${name}.mjs`);
  const imports = `import { parentPort } from "node:worker_threads";`;
  writeFileSync(file, `${imports}\nparentPort.on("message", (request) => { ${onMessage} });\n`);
  return pathToFileURL(file);
}

const halves = `
  const { id, file, body } = request;
  if (request.t === "restore") parentPort.postMessage({ id, t: "restored", file: body.reverse() });
  if (request.t === "show") parentPort.postMessage({ id, t: "shown", shown: request.layers[0] });
  if (request.t !== "plan") return;
  const sizeBytes = file.length / 2;
  const layers = [{ level: 1, role: "body", sizeBytes }, { level: 3, role: "body", sizeBytes }];
  const plan = { mediaType: "text/x", layers, transform: "none", note: "halved" };
  parentPort.postMessage({ id, t: "planned", plan, bytes: file });
`;

const large = new Uint8Array(LAYERING_INLINE_BYTES + 2).map((_, i) => i);

function planOf(thread: LayeringThread, file: Uint8Array): Promise<LayerPlan> {
  return new Promise((done) => thread.plan(file, "x.bin", "gentle", done));
}

test("what is large goes to the thread and comes back, the peer being told each time", async () => {
  let pokes = 0;
  const thread = new LayeringThread({
    workerFile: workerFile("halves", halves),
    log: SILENT_LOG,
    poke: () => pokes++,
  });
  const plan = await planOf(thread, large);
  expect(plan).toMatchObject({ mediaType: "text/x", transform: "none", note: "halved" });
  expect(plan.layers.map(({ level, bytes }) => [level, bytes])).toEqual([
    [1, large.subarray(0, large.length / 2)],
    [3, large.subarray(large.length / 2)],
  ]);
  expect(large[5]).toBe(5); // what was handed over was a copy
  const file = await new Promise((done) => thread.restore("jpeg-rescan", large, done));
  expect(file).toEqual(large.toReversed());
  const facts = { mediaType: "text/x", transform: "none", layerCount: 2 } as const;
  const layers = [{ role: "preview", bytes: large }] as const;
  expect(await new Promise((done) => thread.show(facts, layers, done))).toEqual(layers[0]);
  expect(pokes).toBe(3);
  await thread.close();
});

test("what is small is cut at once, without a thread", () => {
  const thread = new LayeringThread({
    workerFile: pathToFileURL(join(folder, "there is none.mjs")),
    log: SILENT_LOG,
    poke: () => {},
  });
  let plan: LayerPlan | undefined;
  thread.plan(large.subarray(0, LAYERING_INLINE_BYTES), "x.bin", "gentle", (made) => {
    plan = made;
  });
  expect(plan?.layers.at(-1)?.role).toBe("body");
});

test("a thread that dies costs the cut, not the file, and the next file begins another", async () => {
  const thread = new LayeringThread({
    workerFile: workerFile("dies", `if (request.id % 2 === 1) process.exit(1); ${halves}`),
    log: SILENT_LOG,
    poke: () => {},
  });
  expect((await planOf(thread, large)).layers).toEqual([{ level: 3, role: "body", bytes: large }]);
  expect((await planOf(thread, large)).layers).toHaveLength(2);
  const file = await new Promise((done) => thread.restore("jpeg-rescan", large, done));
  expect(file).toBeUndefined();
  await thread.close();
});

test("an idle thread ends, and what waits when all is closed is answered", async () => {
  const thread = new LayeringThread({
    workerFile: workerFile("silent", `if (request.id === 1) { ${halves} }`),
    log: SILENT_LOG,
    poke: () => {},
    idleMs: 1,
  });
  await planOf(thread, large);
  await new Promise((done) => setTimeout(done, 20));
  const waiting = planOf(thread, large);
  await thread.close();
  expect((await waiting).layers).toHaveLength(1);
});
