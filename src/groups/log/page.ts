import { equalBytes, NO_BYTES } from "../../base/bytes.ts";
import type { GroupLog } from "./group-log.ts";
import type { OpLog } from "./oplog.ts";
import type { Body, Op, OpId } from "./types.ts";

/** A part of an operation's bytes: where it begins, and where what follows it begins. */
type Span = readonly [from: number, end: number];
type KeptBody = Spans<Body>;
type Spans<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? Span : T[K] };

/** An operation as a page tells it: what its bytes say, whose it is, and what it depends on by places. */
type Row = readonly [
  id: OpId,
  person: number,
  /** The device's key, or the place of an earlier operation of the device. */
  author: string | number,
  seq: number,
  deps: readonly number[],
  named: readonly number[],
  proof: Span | 0,
  body: KeptBody,
  sizeBytes: number,
];

interface Page {
  readonly group: string;
  readonly people: readonly string[];
  readonly rows: readonly Row[];
}

/**
 * What operations of a log say and where they stand, so that a start need not read and judge their
 * bytes one by one: JSON, since a program that has just begun reads that faster than anything else.
 * @param from place of the first one; all of them must be there with their signatures
 */
export function writePage(log: OpLog, from: number, count: number): string {
  const people: string[] = [];
  const rows = log.entries.slice(from, from + count).map((entry): Row => {
    const { op, person, deps, named } = entry;
    if (!people.includes(person)) people.push(person);
    const first = log.chainOf(op.author)?.entries[0] ?? entry.index;
    const proof = op.proof.length === 0 ? 0 : spanOf(op.bytes, op.proof);
    return [
      ...([
        op.id,
        people.indexOf(person),
        first < entry.index ? first : op.author,
        op.seq,
      ] as const),
      ...([deps, named, proof, keptBody(op), op.bytes.length] as const),
    ];
  });
  return JSON.stringify({ group: log.group, people, rows } satisfies Page);
}

/**
 * Takes up what `writePage` has told of the next operations of a log; nothing is looked at again, so
 * the text must be known to be this program's own and to belong to these bytes.
 * @returns false where it does not fit, and then nothing was taken up
 */
export function readPage(
  { ops: log }: GroupLog,
  text: string,
  bytes: readonly Uint8Array[],
): boolean {
  const { group, people, rows }: Page = JSON.parse(text);
  if (rows.length !== bytes.length) return false;
  for (let at = 0; at < rows.length; at++) if (rows[at]?.[8] !== bytes[at]?.length) return false;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    const whole = bytes[at];
    if (row === undefined || whole === undefined) return false;
    takeRow(log, row, whole, group, people[row[1]] ?? "");
  }
  return true;
}

/**
 * Takes up one row. By places, not taken apart with a pattern: a start is over before the code that
 * walks an iterator has paid for being compiled.
 */
function takeRow(log: OpLog, row: Row, whole: Uint8Array, group: string, person: string): void {
  const from = row[2];
  const places = row[4];
  const proof = row[6];
  const body = row[7];
  const deps: OpId[] = [];
  for (const place of places) deps.push(log.at(place).op.id);
  const op: Op = {
    id: row[0],
    group: body.t === "genesis" ? "" : group,
    author: typeof from === "string" ? from : log.at(from).op.author,
    seq: row[3],
    deps,
    proof: proof === 0 ? NO_BYTES : cut(whole, proof),
    body: bodyOf(body, whole),
    bytes: whole,
  };
  log.restore(op, person, places, row[5]);
}

function keptBody({ body, bytes }: Op): KeptBody {
  if (body.t === "genesis") return { ...body, nonce: spanOf(bytes, body.nonce) };
  if (body.t === "invite") return { ...body, key: spanOf(bytes, body.key) };
  if (body.t === "join") return { ...body, signature: spanOf(bytes, body.signature) };
  return body;
}

function bodyOf(body: KeptBody, bytes: Uint8Array): Body {
  if (body.t === "genesis") return { ...body, nonce: cut(bytes, body.nonce) };
  if (body.t === "invite") return { ...body, key: cut(bytes, body.key) };
  if (body.t === "join") return { ...body, signature: cut(bytes, body.signature) };
  return body;
}

function cut(bytes: Uint8Array, [from, end]: Span): Uint8Array {
  return bytes.subarray(from, end);
}

/** Where a part that is in the bytes is found in them. */
function spanOf(bytes: Uint8Array, part: Uint8Array): Span {
  for (let from = 0; from + part.length <= bytes.length; from++) {
    const end = from + part.length;
    if (bytes[from] === part[0] && equalBytes(bytes.subarray(from, end), part)) return [from, end];
  }
  throw new RangeError("A part of an operation is one of its bytes'.");
}
