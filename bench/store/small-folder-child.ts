import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import { Folders, type FolderTree } from "../../src/folders/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import type { SessionPort } from "../../src/session/index.ts";
import { testIdentity } from "../../src/testing/fixtures.ts";
import { directoryOf, FILE_BYTES, FILES_PER_FOLDER, fileOf } from "./small-files.ts";

/** What the child is told, as JSON in this variable of its environment. */
export const SMALL_FOLDER_TASK = "PEERNET_BENCH_SMALL_FOLDER";

/** Write so many small files into a folder, or open what was written and read the last of them. */
export interface SmallFolderTask {
  readonly action: "fill" | "open";
  readonly directory: string;
  readonly count: number;
}

/** What that took. */
export interface SmallFolderFigures {
  readonly wallMs: number;
  /** Processor time of the whole process, all its threads. */
  readonly cpuMs: number;
  readonly rssMB: number;
}

/** Files that are handed over together, and such groups on their way at a time. */
const GROUP = 256;
const AT_ONCE = 2;
const NAME = "small";

/** A folder alone: nobody is within reach. */
const NOBODY: SessionPort = {
  openStream: () => undefined,
  sendDatagram: () => false,
  hasDatagramRoom: () => false,
  serve: () => undefined,
  serveDatagrams: () => undefined,
  roundTripMs: () => undefined,
};

/** Does its task and reports it. */
export async function runSmallFolder(): Promise<void> {
  const task: SmallFolderTask = JSON.parse(process.env[SMALL_FOLDER_TASK] ?? "");
  const folders = await openFolders(task.directory);
  const [cpu, startMs] = [process.cpuUsage(), performance.now()];
  if (task.action === "fill") await fill(folders, task.count);
  else await check(folders.folderTree(NAME), task.count - 1);
  // What opening took belongs to a start: its clock began with the process.
  const { user, system } = process.cpuUsage(task.action === "fill" ? cpu : undefined);
  const figures: SmallFolderFigures = {
    wallMs: performance.now() - (task.action === "fill" ? startMs : 0),
    cpuMs: (user + system) / 1_000,
    rssMB: process.memoryUsage.rss() / 1e6,
  };
  process.send?.(figures);
  process.once("disconnect", () => process.exit());
}

async function openFolders(directory: string): Promise<Folders> {
  const suite = createNodeSuite();
  const unused = (): never => {
    throw new RangeError("files of a kilobyte need no objects");
  };
  const folders = new Folders({
    ...{ identity: testIdentity(suite, NAME), suite, log: SILENT_LOG },
    ...{ clock: createNodeClock(), random: createNodeRandom() },
    records: await openRecordStore(directory),
    session: NOBODY,
    objects: { put: unused, get: unused, troubleOf: () => "full" },
    isTrusted: () => false,
    nameOf: () => undefined,
    events: { onFolderChanged: () => undefined },
  });
  await answer((done) => folders.load((error) => done(error)));
  return folders;
}

async function fill(folders: Folders, count: number): Promise<void> {
  await answer((done) => folders.create(NAME, (error) => done(error)));
  const tree = folders.folderTree(NAME);
  for (let number = 0; number < count; number += FILES_PER_FOLDER) {
    await answer((done) => tree.makeFolder(directoryOf(number), (error) => done(error)));
  }
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let from = next; from < count; from = next) {
      next = Math.min(count, from + GROUP);
      await write(tree, from, next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function write(tree: FolderTree, from: number, to: number): Promise<void> {
  const files = Array.from({ length: to - from }, (_, at) => ({
    path: `${directoryOf(from + at)}/${from + at}`,
    bytes: fileOf(from + at, Buffer.allocUnsafe(FILE_BYTES)),
    options: {},
  }));
  return answer((done) => {
    tree.putAll(files, false, (errors) => done(errors.find((error) => error !== null) ?? null));
  });
}

async function check(tree: FolderTree, number: number): Promise<void> {
  const found: Uint8Array[] = [];
  const path = `${directoryOf(number)}/${number}`;
  await answer((done) => {
    tree.read(
      path,
      { from: 0 },
      {
        onStart: () => undefined,
        onBytes: (bytes) => void found.push(bytes.slice()),
        onEnd: () => done(null),
        onError: done,
      },
    );
  });
  if (!Buffer.concat(found).equals(fileOf(number, Buffer.alloc(FILE_BYTES)))) {
    throw new RangeError("a file that was written reads differently");
  }
}

function answer(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error === null ? resolve() : reject(error)));
  });
}
