import type { PeerId } from "../../identity/index.ts";
import type { Log, RecordStore } from "../../ports/index.ts";
import { decodeCbor, encodeCbor, schema, WireError } from "../../wire/index.ts";
import { storeErrorOf } from "../disk-errors.ts";
import type { StoreError } from "../errors.ts";
import { CONDUCT_SCORE_MAX, CONDUCTS_MAX } from "./limits.ts";
import type { AuditedHolder } from "./report.ts";

const PREFIX = "store/conduct/";
/** Of a peer that was never audited. */
const SCORE_FIRST = 500;
/** A passed audit closes a tenth of the gap to the best score. */
const GAIN = 10;
/** Part of the score that is lost where everything asked about was wrong, was confessed lost, … */
const WRONG_COSTS = 0.5;
const LOST_COSTS = 0.125;
/** … or where no answer came at all. */
const SILENCE_COSTS = 0.03;

/** How a peer stood its audits. */
export interface Conduct {
  /** 0 to 1,000; 500 before the first audit. Nobody is ever shut out: it grows again. */
  readonly score: number;
  /** Audits by their outcome. */
  readonly proved: number;
  readonly wrong: number;
  readonly lost: number;
  readonly silent: number;
  readonly refused: number;
  /** Wall clock of the last audit that it passed, and of the last with a wrong answer; 0: none. */
  readonly provedAtMs: number;
  readonly wrongAtMs: number;
}

const NOTHING: Conduct = {
  score: SCORE_FIRST,
  proved: 0,
  wrong: 0,
  lost: 0,
  silent: 0,
  refused: 0,
  provedAtMs: 0,
  wrongAtMs: 0,
};

const count = schema.integer(0, Number.MAX_SAFE_INTEGER);
const conductSchema = schema.record({
  v: schema.literal(1),
  s: schema.integer(0, CONDUCT_SCORE_MAX),
  c: schema.list(count, 5),
  p: count,
  w: count,
});

/**
 * What follows from an audit. A confessed loss costs an eighth of what a wrong answer costs for
 * the same number of fragments, so that a holder does better to say what it lost; one fragment
 * of hundred costs a hundredth. A refusal costs nothing.
 */
export function conductAfter(conduct: Conduct, holder: AuditedHolder, wallMs: number): Conduct {
  const { verdict } = holder;
  if (verdict === "unproven") return conduct;
  const counted = { ...conduct, [verdict]: conduct[verdict] + 1 };
  if (verdict === "refused") return counted;
  if (verdict === "silent") {
    return { ...counted, score: Math.round(conduct.score * (1 - SILENCE_COSTS)) };
  }
  const asked = holder.proved.length + holder.wrong.length + holder.lost.length;
  const costs = (WRONG_COSTS * holder.wrong.length + LOST_COSTS * holder.lost.length) / asked;
  if (costs > 0) {
    const score = Math.floor(conduct.score * (1 - costs));
    return { ...counted, score, wrongAtMs: verdict === "wrong" ? wallMs : conduct.wrongAtMs };
  }
  const score = conduct.score + Math.ceil((CONDUCT_SCORE_MAX - conduct.score) / GAIN);
  return { ...counted, score, provedAtMs: wallMs };
}

/** A conduct record as canonical CBOR. */
export function encodeConduct(conduct: Conduct): Uint8Array {
  const { score, proved, wrong, lost, silent, refused, provedAtMs, wrongAtMs } = conduct;
  const counts = [proved, wrong, lost, silent, refused];
  return encodeCbor({ v: 1, s: score, c: counts, p: provedAtMs, w: wrongAtMs });
}

/** @throws WireError */
export function decodeConduct(bytes: Uint8Array): Conduct {
  const value = conductSchema(decodeCbor(bytes), "conduct");
  const [proved = 0, wrong = 0, lost = 0, silent = 0, refused = 0] = value.c;
  const counts = { proved, wrong, lost, silent, refused };
  return { score: value.s, ...counts, provedAtMs: value.p, wrongAtMs: value.w };
}

/** The conduct of all peers that were audited, kept in records. */
export class Conducts {
  readonly #records: RecordStore;
  readonly #log: Log;
  readonly #conducts: Map<PeerId, Conduct> = new Map();

  constructor(records: RecordStore, log: Log) {
    this.#records = records;
    this.#log = log;
  }

  /** Reads what is known; a damaged record is left out. */
  load(done: (error: StoreError | undefined) => void): void {
    this.#records.scan(PREFIX, (error, found) => {
      if (error !== null) {
        done(storeErrorOf(error));
        return;
      }
      for (const { key, value } of found) this.#read(key.slice(PREFIX.length), value);
      done(undefined);
    });
  }

  /** What is known of a peer. */
  of(peer: PeerId): Conduct {
    return this.#conducts.get(peer) ?? NOTHING;
  }

  /** Takes in what audits found; a failure to write is only logged, the next one writes again. */
  note(holders: readonly AuditedHolder[], wallMs: number): void {
    const batch: { key: string; value: Uint8Array | null }[] = [];
    for (const holder of holders) {
      const conduct = conductAfter(this.of(holder.peer), holder, wallMs);
      if (conduct === this.of(holder.peer)) continue;
      this.#conducts.delete(holder.peer);
      this.#conducts.set(holder.peer, conduct);
      batch.push({ key: PREFIX + holder.peer, value: encodeConduct(conduct) });
    }
    for (const oldest of this.#conducts.keys()) {
      if (this.#conducts.size <= CONDUCTS_MAX) break;
      this.#conducts.delete(oldest);
      batch.push({ key: PREFIX + oldest, value: null });
    }
    if (batch.length === 0) return;
    this.#records.write(batch, (error) => {
      if (error !== null) this.#log.warn("conduct not noted", { reason: error.code });
    });
  }

  #read(peer: PeerId, value: Uint8Array): void {
    try {
      this.#conducts.set(peer, decodeConduct(value));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#log.warn("conduct left out because its record is damaged", { peer });
    }
  }
}
