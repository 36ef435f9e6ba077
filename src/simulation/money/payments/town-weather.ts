/** What goes wrong between the two sides of every line. */
export interface TownWeather {
  readonly latencyMs: number;
  /** Added to the latency, evenly spread: more than the latency reorders. */
  readonly jitterMs: number;
  readonly lossShare: number;
  readonly doubleShare: number;
  readonly diskMs: number;
  /** After how long what was not acknowledged is told again. */
  readonly againMs: number;
  /** What a line carries each way; unbounded where left out. */
  readonly bytesPerSecond?: number;
}

/** Nothing goes wrong. */
export const FAIR_WEATHER: TownWeather = {
  latencyMs: 5,
  jitterMs: 0,
  lossShare: 0,
  doubleShare: 0,
  diskMs: 1,
  againMs: 1_000,
};
