/** Values a log line may carry; never secrets or message bodies. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where a room tells what it does. `event` is a fixed short phrase, variables go into fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
}

/** A log that keeps nothing. */
export const SILENT_LOG: Log = { debug() {}, info() {}, warn() {} };
