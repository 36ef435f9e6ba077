import { fromHex } from "../base/bytes.ts";
import type { DiskError, RecordWrite } from "../ports/index.ts";
import { DiskError as Damage } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import type { FolderKeys } from "./capability.ts";
import type { FoldersContext } from "./context.ts";
import { bundlesPrefix, logsPrefix, packsPrefix, pathsPrefix, runsPrefix } from "./keys.ts";
import { OBJECT_LINK_BYTES } from "./operation.ts";
import { Packs } from "./packs.ts";
import { BodySeal } from "./sealed-body.ts";
import { FolderState } from "./state.ts";
import { decodeLog, type WriterLog } from "./writer-log.ts";

/** What is known of one folder: its keys, the logs of its writers and what they amount to. */
export class FolderCore {
  readonly context: FoldersContext;
  readonly keys: FolderKeys;
  readonly seal: BodySeal;
  /** By log id. */
  logs: Map<string, WriterLog> = new Map();
  state: FolderState = new FolderState();
  /** How the state gets to the disk. */
  packs: Packs;
  /** The log in which this device writes; undefined until it does. */
  ownLog: WriterLog | undefined;
  /** Entries that paths tell of already and that the disk has not been given yet. */
  entriesAhead: readonly RecordWrite[] = [];

  constructor(context: FoldersContext, keys: FolderKeys) {
    this.context = context;
    this.keys = keys;
    this.seal = new BodySeal(context.suite, keys.readKey);
    this.packs = new Packs(context.suite, keys.id, this.state);
  }

  /** Reads logs, paths and bundles from the disk, in place of what is in memory. */
  load(ownLogId: string | undefined, done: (error: DiskError | null) => void): void {
    const { records, suite } = this.context;
    const { id } = this.keys;
    const logs = new Map<string, WriterLog>();
    const state = new FolderState();
    const packs = new Packs(suite, id, state);
    const steps: [string, (rest: string, value: Uint8Array) => void][] = [
      [
        logsPrefix(id),
        (_, value) => {
          const log = decodeLog(suite, this.keys, value);
          logs.set(log.id, log);
        },
      ],
      [packsPrefix(id), (rest, value) => packs.loadPack(rest, value)],
      [pathsPrefix(id), (path, value) => packs.loadRecord(path, value)],
      [runsPrefix(id), (run, value) => packs.loadRun(run, value)],
      [bundlesPrefix(id), (name, value) => loadBundle(state, name, value)],
    ];
    const next = (): void => {
      const step = steps.shift();
      if (step === undefined) {
        this.logs = logs;
        this.state = state;
        this.packs = packs;
        this.ownLog = ownLogId === undefined ? undefined : logs.get(ownLogId);
        done(null);
        return;
      }
      records.scan(step[0], (error, found) => {
        const problem = error ?? takeAll(found, step[0].length, step[1]);
        if (problem === null && step[0] === packsPrefix(id)) packs.loadedPacks();
        if (problem === null) next();
        else done(problem);
      });
    };
    next();
  }
}

function takeAll(
  found: readonly { readonly key: string; readonly value: Uint8Array }[],
  prefixLength: number,
  take: (rest: string, value: Uint8Array) => void,
): DiskError | null {
  for (const { key, value } of found) {
    try {
      take(key.slice(prefixLength), value);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      return new Damage("corrupt", `The record ${key} is damaged.`, { cause });
    }
  }
  return null;
}

function loadBundle(state: FolderState, name: string, value: Uint8Array): void {
  const [log = "", number = ""] = name.split("/");
  if (fromHex(log) === undefined || value.length !== OBJECT_LINK_BYTES) {
    throw new WireError("out-of-range", "A bundle that cannot be.");
  }
  state.addBundle(log, Number.parseInt(number, 16), value);
}
