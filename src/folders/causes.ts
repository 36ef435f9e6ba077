import { WireError } from "../wire/index.ts";
import type { EntryBody, Operation } from "./operation.ts";
import type { VersionId } from "./version.ts";

/** An entry that cannot be applied before that of another log. */
export interface MissingCause {
  readonly log: string;
  readonly seq: number;
}

/**
 * The first entry that this one builds on and that is not here.
 * @param place of the entry whose body this is
 * @param lastOf sequence number of the last entry of a log that is here, 0 where there is none
 * @throws WireError where an entry builds on its own future
 */
export function missingCause(
  { operations }: EntryBody,
  { log, seq }: MissingCause,
  lastOf: (log: string) => number,
): MissingCause | undefined {
  for (const [index, operation] of operations.entries()) {
    for (const id of causesOf(operation)) {
      // Its own inline bytes are a file's only link to itself; they are in the entry at hand.
      if (id.log === log && id.seq === seq && id.index === index) continue;
      const isHere = id.log === log ? isBefore(id, seq, index) : id.seq <= lastOf(id.log);
      if (!isHere) return { log: id.log, seq: id.seq };
    }
  }
  return undefined;
}

/** Always true. @throws WireError where it is not */
function isBefore(id: VersionId, seq: number, index: number): true {
  if (id.seq < seq || (id.seq === seq && id.index < index)) return true;
  throw new WireError("out-of-range", "An entry builds on what comes after it.");
}

/** The operations that must have been applied before this one. */
function causesOf(operation: Operation): readonly VersionId[] {
  if (operation.kind === "bundle") return [];
  const causes = [...operation.replaces];
  if (operation.kind === "remove" || operation.file === undefined) return causes;
  for (const part of operation.file.parts) if (part.kind === "inline") causes.push(part.at);
  return causes;
}
