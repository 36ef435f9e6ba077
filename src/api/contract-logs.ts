/** Levels of the log, the chattiest first. */
export const LOG_LEVELS = ["debug", "info", "warn"] as const;

/** One of the levels of the log. */
export type LogLevelName = (typeof LOG_LEVELS)[number];

/** A line of the log. */
export interface LogLineBody {
  /** Counts up from 1 since the start of the peer, over all levels. */
  readonly number: number;
  readonly atMs: number;
  readonly level: LogLevelName;
  /** A fixed short phrase, in English. */
  readonly event: string;
  /** What it is about. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

/** GET /v1/logs?level=&find=&after=&last= */
export interface LogsBody {
  /** Those that were asked for, oldest first. */
  readonly lines: readonly LogLineBody[];
  /** Lines that fit as well but are older than the ones that were asked for. */
  readonly more: number;
  /** Lines since the start that are not kept in memory any more. */
  readonly forgotten: number;
  /** File of the peer's machine that holds older ones, of level info and above; empty: none. */
  readonly file: string;
}

/** GET /v1/places: where neighbours were, who are greeted at the next start. */
export interface PlaceBody {
  readonly peerId: string;
  readonly address: string;
  readonly name: string;
  readonly endpoint: string;
  /** When they were last linked there, to a day; wall time in milliseconds. */
  readonly atMs: number;
}
