import { fromHex } from "../base/bytes.ts";
import type { DiskError } from "../ports/index.ts";
import { DiskError as Damage } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import type { FolderKeys } from "./capability.ts";
import type { FoldersContext } from "./context.ts";
import { bundlesPrefix, logsPrefix, pathsPrefix } from "./keys.ts";
import { decodeNode, LogNames } from "./node-record.ts";
import { OBJECT_LINK_BYTES } from "./operation.ts";
import { isPath } from "./path.ts";
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
  /** The log in which this device writes; undefined until it does. */
  ownLog: WriterLog | undefined;

  constructor(context: FoldersContext, keys: FolderKeys) {
    this.context = context;
    this.keys = keys;
    this.seal = new BodySeal(context.suite, keys.readKey);
  }

  /** Reads logs, paths and bundles from the disk, in place of what is in memory. */
  load(ownLogId: string | undefined, done: (error: DiskError | null) => void): void {
    const { records, suite } = this.context;
    const { id } = this.keys;
    const logs = new Map<string, WriterLog>();
    const state = new FolderState();
    const names = new LogNames();
    const steps: [string, (rest: string, value: Uint8Array) => void][] = [
      [
        logsPrefix(id),
        (_, value) => {
          const log = decodeLog(suite, this.keys, value);
          logs.set(log.id, log);
        },
      ],
      [pathsPrefix(id), (path, value) => loadPath(state, path, value, names)],
      [bundlesPrefix(id), (name, value) => loadBundle(state, name, value)],
    ];
    const next = (): void => {
      const step = steps.shift();
      if (step === undefined) {
        this.logs = logs;
        this.state = state;
        this.ownLog = ownLogId === undefined ? undefined : logs.get(ownLogId);
        done(null);
        return;
      }
      records.scan(step[0], (error, found) => {
        const problem = error ?? takeAll(found, step[0].length, step[1]);
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

function loadPath(state: FolderState, path: string, value: Uint8Array, names: LogNames): void {
  if (!isPath(path)) throw new WireError("out-of-range", "A path that cannot be.");
  const { live, old } = decodeNode(value, names);
  state.load(path, live, old);
}

function loadBundle(state: FolderState, name: string, value: Uint8Array): void {
  const [log = "", number = ""] = name.split("/");
  if (fromHex(log) === undefined || value.length !== OBJECT_LINK_BYTES) {
    throw new WireError("out-of-range", "A bundle that cannot be.");
  }
  state.addBundle(log, Number.parseInt(number, 16), value);
}
