import type { CryptoSuite } from "../crypto/index.ts";
import type { RecordStore } from "../ports/index.ts";
import { explain } from "./disk.ts";
import { MoneyError } from "./errors.ts";
import {
  type Batch,
  decodeBatch,
  encodeForkProof,
  hashOfBatch,
  NO_HASH,
  type Place,
  type Story,
} from "./line/index.ts";
import type { LineEntry } from "./line-entry.ts";
import { decodeKept, type KeptBatch, logPrefix, type Stop } from "./line-record.ts";

type Done = (error: MoneyError | null, proof: Uint8Array | undefined) => void;

/** Looks the first story up in the log, and puts both together. Errors: "not-found", disk errors. */
export function readForkProof(
  parts: { readonly records: RecordStore; readonly suite: Pick<CryptoSuite, "sha256"> },
  line: LineEntry,
  done: Done,
): void {
  const { stop } = line.record;
  if (stop?.cause !== "forked") {
    done(
      new MoneyError("not-found", "Your partner has not signed two stories on this line."),
      undefined,
    );
    return;
  }
  parts.records.scan(logPrefix(line.id), (error, found) => {
    if (error !== null) {
      done(explain(error), undefined);
      return;
    }
    const proof = proofIn(
      parts.suite,
      line,
      stop,
      found.map(({ value }) => decodeKept(value)),
    );
    const missing = new MoneyError(
      "not-found",
      "What the partner signed first is not here any more.",
    );
    done(proof === undefined ? missing : null, proof);
  });
}

/** Walks both half-logs as they came about, up to the batch of which there are two. */
function proofIn(
  suite: Pick<CryptoSuite, "sha256">,
  line: LineEntry,
  stop: Stop,
  log: readonly KeptBatch[],
): Uint8Array | undefined {
  const { idBytes } = line.core.terms;
  const { number } = decodeBatch(stop.batch);
  const ours: Uint8Array[] = [NO_HASH];
  const theirs: Uint8Array[] = [NO_HASH];
  let opening: { readonly key: Uint8Array; readonly proof: Uint8Array } | undefined;
  for (const { isOurs, batch } of log) {
    const [own, other] = isOurs ? [ours, theirs] : [theirs, ours];
    const place = placeOf(idBytes, own, other, batch);
    if (place === undefined) return undefined;
    const [first] = batch.ops;
    if (!isOurs && (first?.t === "open" || first?.t === "takeover")) opening = first;
    if (!isOurs && batch.number === number && opening !== undefined) {
      const one: Story = { place, bytes: batch.bytes };
      const two: Story = { place: { line: idBytes, ...stop.place }, bytes: stop.batch };
      const { key, proof } = opening;
      return encodeForkProof({ line: idBytes, key, proof, stories: [one, two] });
    }
    own.push(hashOfBatch(suite, place, batch.content));
  }
  return undefined;
}

function placeOf(
  line: Uint8Array,
  own: readonly Uint8Array[],
  other: readonly Uint8Array[],
  batch: Batch,
): Place | undefined {
  const previous = own[batch.number - 1];
  const seenHash = other[batch.seen];
  return previous === undefined || seenHash === undefined
    ? undefined
    : { line, previous, seenHash };
}
