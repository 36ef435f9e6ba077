import { DiskError, type RecordStore, type RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema, WireError } from "../wire/index.ts";

/** What this person allows others to know. */
export interface MessagesSettings {
  /** Whether those who write are told when their messages have been read here. */
  readonly receipts: boolean;
}

const KEY = "messages/settings";
const settingsSchema = schema.record({ v: schema.literal(1), r: schema.boolean });

/** The record of the settings. */
export function settingsWrite({ receipts }: MessagesSettings): RecordWrite {
  return { key: KEY, value: encodeCbor({ v: 1, r: receipts }) };
}

/** Reads the settings; without a record nobody is told anything. */
export function loadSettings(
  records: RecordStore,
  done: (error: DiskError | null, settings: MessagesSettings) => void,
): void {
  const silent: MessagesSettings = { receipts: false };
  records.scan(KEY, (error, [found]) => {
    if (error !== null || found === undefined) {
      done(error, silent);
      return;
    }
    try {
      done(null, { receipts: settingsSchema(decodeCbor(found.value), "settings").r });
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      done(new DiskError("corrupt", "The settings of messages are damaged.", { cause }), silent);
    }
  });
}
