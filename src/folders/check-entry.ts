import { equalBytes } from "../base/bytes.ts";
import { type FeedEntry, hasValidSignature } from "../feed/index.ts";
import type { FolderCore } from "./core.ts";
import { FoldersError } from "./errors.ts";
import { FORKED, FULL } from "./journal-queue.ts";
import { logsPrefix } from "./keys.ts";
import { LOG_ENTRIES_MAX } from "./limits.ts";
import { decodeBody, type EntryBody } from "./operation.ts";
import { encodeLog, type WriterLog } from "./writer-log.ts";

/**
 * What an entry of another device says. One that was signed beside another history ends its log.
 * @throws FoldersError, WireError where the entry is not the next one of its log
 */
export function checkEntry(core: FolderCore, log: WriterLog, entry: FeedEntry): EntryBody {
  const { context, seal, state } = core;
  if (log.isForked) throw new FoldersError("forked", FORKED);
  const isNext = entry.seq === log.head.seq + 1 && entry.feedId === log.id;
  if (!isNext || !equalBytes(entry.author, log.author) || entry.seq > LOG_ENTRIES_MAX) {
    throw new FoldersError("bad-entry", "An entry is not the next one of its log.");
  }
  if (!hasValidSignature(context.suite, entry)) {
    throw new FoldersError("bad-entry", "An entry is not by its author.");
  }
  if (!equalBytes(entry.previous, log.head.hash)) {
    log.isForked = true;
    const write = { key: logsPrefix(core.keys.id) + log.id, value: encodeLog(log) };
    context.records.write([write], () => undefined);
    throw new FoldersError("forked", FORKED);
  }
  const plain = seal.open(log.id, entry.body);
  if (plain === undefined) throw new FoldersError("bad-entry", "An entry does not open.");
  const body = decodeBody(plain, log.id, entry.seq);
  if (!state.hasRoomFor(body.operations.length)) throw new FoldersError("full", FULL);
  return body;
}
