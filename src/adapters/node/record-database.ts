import type { ClassicLevel } from "classic-level";
import { DiskError, type RecordWrite } from "../../ports/index.ts";
import { plainBytes } from "./buffers.ts";
import { errorText, systemCode } from "./errors.ts";
import { whyNoHome } from "./file-words.ts";
import { RECORD_SCAN_STEP } from "./limits.ts";

/** What the record store needs of a database, so that tests can spoil it. */
export interface RecordDatabase {
  /** All or nothing; returns once it survives a loss of power. */
  write(writes: readonly RecordWrite[]): Promise<void>;
  /** Records whose key begins with `prefix`, in key order. */
  scan(prefix: string): Promise<{ key: string; value: Uint8Array }[]>;
  close(): Promise<void>;
}

class LevelDatabase implements RecordDatabase {
  readonly #level: ClassicLevel<string, Uint8Array>;

  constructor(level: ClassicLevel<string, Uint8Array>) {
    this.#level = level;
  }

  async write(writes: readonly RecordWrite[]): Promise<void> {
    // One call for each record: a batch out of an array costs four times as much of the processor.
    const batch = this.#level.batch();
    for (const { key, value } of writes) {
      if (value === null) batch.del(key);
      else batch.put(key, value);
    }
    await batch.write({ sync: true });
  }

  async scan(prefix: string): Promise<{ key: string; value: Uint8Array }[]> {
    const found: { key: string; value: Uint8Array }[] = [];
    const iterator = this.#level.iterator({ gte: prefix });
    try {
      for (;;) {
        const step = await iterator.nextv(RECORD_SCAN_STEP);
        for (const [key, value] of step) {
          if (!key.startsWith(prefix)) return found;
          // Level hands out Buffers, whose slice() shares memory where everybody expects a copy.
          found.push({ key, value: plainBytes(value) });
        }
        if (step.length === 0) return found;
      }
    } finally {
      await iterator.close();
    }
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

/** Opens a level database in a directory. Rejects with the error of classic-level. */
export async function openLevel(directory: string): Promise<RecordDatabase> {
  // Most commands only ask a running peer: they are not to wait for a database.
  const module = await import("classic-level");
  const level = new module.ClassicLevel<string, Uint8Array>(directory, {
    keyEncoding: "utf8",
    valueEncoding: "view",
  });
  await level.open();
  return new LevelDatabase(level);
}

/** All codes and texts in an error and its causes. */
function tale(error: unknown): string {
  const parts: string[] = [];
  for (let one: unknown = error; one !== undefined && parts.length < 16; ) {
    parts.push(systemCode(one), errorText(one));
    one = one instanceof Error ? one.cause : undefined;
  }
  return parts.join(" ");
}

/**
 * The port's error for what classic-level threw. LevelDB tells most things only in words: a full
 * disk is an "IO error", and so is a file that has vanished, which is damage.
 */
export function recordError(error: unknown): DiskError {
  if (error instanceof DiskError) return error;
  const text = tale(error);
  if (/ENOSPC|EDQUOT|No space left|quota exceeded/i.test(text)) {
    return new DiskError(
      "full",
      "No space is left for the records. Free some space on that disk; Peernet goes on by itself then.",
      { cause: error },
    );
  }
  if (/LEVEL_CORRUPTION|Corruption|LEVEL_IO_ERROR.*No such file/i.test(text)) {
    return new DiskError("corrupt", "The records are damaged.", { cause: error });
  }
  if (/LEVEL_LOCKED/.test(text)) {
    return new DiskError("io", "The records are in use by another process. Stop that one first.", {
      cause: error,
    });
  }
  return new DiskError("io", `The records cannot be read or written: ${whyNoHome(error)}.`, {
    cause: error,
  });
}
