import { fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { type CborArrayReader, type CborArrayWriter, WireError } from "../../wire/index.ts";
import {
  HEIRS_MAX,
  INVITE_USES_MAX,
  LABEL_BYTES_MAX,
  NAME_BYTES_MAX,
  OWNERS_MAX,
  POLICY_BYTES_MAX,
  TARGETS_MAX,
  TITLE_BYTES_MAX,
} from "./limits.ts";
import type { Body, Decision, NameTarget, PolicyKey, Role } from "./types.ts";

const ID_BYTES = 16;
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** Bytes that make two groups with one title differ. */
export const NONCE_BYTES = 16;

/** The number of each kind on the wire is its place here. */
const KINDS = [
  ...(["genesis", "add", "remove", "leave", "invite", "join"] as const),
  ...(["revoke", "role", "name", "policy", "vote", "epoch"] as const),
] satisfies readonly Body["t"][];
const ROLES: readonly Role[] = ["member", "admin"];
const TARGETS: readonly NameTarget["t"][] = ["person", "device"];
const POLICIES: readonly PolicyKey[] = ["title", "folder"];
const DECISIONS: readonly Decision["t"][] = ["owners", "handover", "remove"];

const NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Whether a group may give this name: letters a-z, digits and hyphens (RFC 1123). */
export function isGroupName(label: string): boolean {
  return label.length <= NAME_BYTES_MAX && NAME.test(label);
}

/** Whether a text may be a title or a label: not empty, nothing that hides or turns letters round. */
export function isPlainText(text: string): boolean {
  return text === text.trim() && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text);
}

/** Fewest owners of `owners` that no other quorum can go without. */
export function majorityOf(owners: number): number {
  return Math.floor(owners / 2) + 1;
}

/** Writes what an operation says: an array of the kind and its members. */
export function writeBody(writer: CborArrayWriter, body: Body): void {
  const { t } = body;
  const kind = KINDS.indexOf(t);
  switch (t) {
    case "genesis":
      writer.array(6).uint(kind).text(body.title).bytes(body.nonce);
      writeIds(writer, body.owners);
      writer.uint(body.quorum).text(body.label);
      return;
    case "add":
      writer.array(3).uint(kind).uint(ROLES.indexOf(body.role)).array(body.targets.length);
      for (const { person, label } of body.targets) writer.array(2).bytes(id(person)).text(label);
      return;
    case "remove":
      writeIds(writer.array(2).uint(kind), body.targets);
      return;
    case "invite":
      writer.array(5).uint(kind).bytes(body.key).uint(body.uses).uint(body.expiresAtMs);
      writer.uint(ROLES.indexOf(body.role));
      return;
    case "join":
      writer.array(4).uint(kind).bytes(id(body.invite)).text(body.label).bytes(body.signature);
      return;
    case "revoke":
      writer.array(2).uint(kind).bytes(id(body.invite));
      return;
    case "role":
      writer.array(3).uint(kind).bytes(id(body.person)).uint(ROLES.indexOf(body.role));
      return;
    case "name":
      writeName(writer, kind, body);
      return;
    case "policy":
      writer.array(3).uint(kind).uint(POLICIES.indexOf(body.key)).text(body.value);
      return;
    case "vote":
      writer.array(3).uint(kind).bytes(id(body.base));
      writeDecision(writer, body.decision);
      return;
    case "leave":
    case "epoch":
      writer.array(1).uint(kind);
      return;
  }
}

/** @throws WireError */
export function readBody(reader: CborArrayReader): Body {
  const count = reader.array(8);
  const kind = KINDS[reader.uint(255)];
  const body = readKind(reader, kind);
  if (count !== LENGTHS[body.t](body)) throw new WireError("malformed", "Members are missing.");
  return body;
}

const always = (count: number) => (): number => count;
const LENGTHS: Readonly<Record<Body["t"], (body: Body) => number>> = {
  ...{ genesis: always(6), add: always(3), remove: always(2), leave: always(1) },
  ...{ invite: always(5), join: always(4), revoke: always(2), role: always(3) },
  ...{ policy: always(3), vote: always(3), epoch: always(1) },
  name: (body) => (body.t === "name" && body.target === undefined ? 2 : 4),
};

function readKind(reader: CborArrayReader, kind: Body["t"] | undefined): Body {
  switch (kind) {
    case "genesis":
      return readGenesis(reader);
    case "add":
      return { t: kind, role: readRole(reader), targets: readTargets(reader) };
    case "remove":
      return { t: kind, targets: readIds(reader, TARGETS_MAX) };
    case "invite":
      return {
        t: kind,
        key: reader.bytes(HASH_BYTES).slice(),
        uses: atLeastOne(reader.uint(INVITE_USES_MAX)),
        expiresAtMs: reader.uint(Number.MAX_SAFE_INTEGER),
        role: readRole(reader),
      };
    case "join":
      return {
        t: kind,
        invite: reader.hex(HASH_BYTES),
        label: readPlain(reader, LABEL_BYTES_MAX),
        signature: reader.bytes(SIGNATURE_BYTES).slice(),
      };
    case "revoke":
      return { t: kind, invite: reader.hex(HASH_BYTES) };
    case "role":
      return { t: kind, person: readId(reader), role: readRole(reader) };
    case "name":
      return readName(reader);
    case "policy":
      return readPolicy(reader);
    case "vote":
      return { t: kind, base: reader.hex(HASH_BYTES), decision: readDecision(reader) };
    case "leave":
    case "epoch":
      return { t: kind };
    default:
      throw new WireError("version", "An operation of a kind that this version does not know.");
  }
}

function readGenesis(reader: CborArrayReader): Body {
  const title = readPlain(reader, TITLE_BYTES_MAX);
  const nonce = reader.bytes(NONCE_BYTES).slice();
  const owners = readIds(reader, OWNERS_MAX);
  const quorum = readQuorum(reader, owners.length);
  return { t: "genesis", title, nonce, owners, quorum, label: readPlain(reader, LABEL_BYTES_MAX) };
}

function writeName(
  writer: CborArrayWriter,
  kind: number,
  { label, target }: Extract<Body, { readonly t: "name" }>,
): void {
  writer
    .array(target === undefined ? 2 : 4)
    .uint(kind)
    .text(label);
  if (target !== undefined) writer.uint(TARGETS.indexOf(target.t)).bytes(id(target.id));
}

function readName(reader: CborArrayReader): Body {
  const label = reader.text(NAME_BYTES_MAX);
  if (!isGroupName(label)) throw new WireError("malformed", "That is no name.");
  if (reader.isAtEnd) return { t: "name", label, target: undefined };
  const t = TARGETS[reader.uint(TARGETS.length - 1)];
  return { t: "name", label, target: { t: must(t, "the number was bounded"), id: readId(reader) } };
}

function readPolicy(reader: CborArrayReader): Body {
  const key = must(POLICIES[reader.uint(POLICIES.length - 1)], "the number was bounded");
  const value =
    key === "title" ? readPlain(reader, TITLE_BYTES_MAX) : reader.text(POLICY_BYTES_MAX);
  return { t: "policy", key, value };
}

/** The decision's own bytes, by which votes for the same thing are known. */
export function writeDecision(writer: CborArrayWriter, decision: Decision): void {
  const kind = DECISIONS.indexOf(decision.t);
  if (decision.t === "remove") {
    writeIds(writer.array(2).uint(kind), decision.targets);
    return;
  }
  writeIds(writer.array(4).uint(kind), decision.owners);
  writeIds(writer.uint(decision.quorum), decision.heirs);
}

function readDecision(reader: CborArrayReader): Decision {
  const count = reader.array(4);
  const t = must(DECISIONS[reader.uint(DECISIONS.length - 1)], "the number was bounded");
  if (count !== (t === "remove" ? 2 : 4)) throw new WireError("malformed", "No such decision.");
  if (t === "remove") return { t, targets: readIds(reader, TARGETS_MAX) };
  const owners = readIds(reader, OWNERS_MAX);
  const quorum = readQuorum(reader, owners.length);
  return { t, owners, quorum, heirs: readIds(reader, HEIRS_MAX, 0) };
}

/** Two quorums must have somebody in common, or two decisions could stand side by side. */
function readQuorum(reader: CborArrayReader, owners: number): number {
  const quorum = reader.uint(owners);
  if (quorum >= majorityOf(owners)) return quorum;
  throw new WireError("out-of-range", "A quorum is more than half of the owners.");
}

function readTargets(reader: CborArrayReader): { person: string; label: string }[] {
  const count = atLeastOne(reader.array(TARGETS_MAX));
  const targets: { person: string; label: string }[] = [];
  for (let i = 0; i < count; i++) {
    if (reader.array(2) !== 2) throw new WireError("malformed", "A target has two members.");
    targets.push({ person: readId(reader), label: readPlain(reader, LABEL_BYTES_MAX) });
  }
  return targets;
}

function readPlain(reader: CborArrayReader, maxBytes: number): string {
  const text = reader.text(maxBytes);
  if (!isPlainText(text)) throw new WireError("malformed", "A text has signs that hide.");
  return text;
}

function readRole(reader: CborArrayReader): Role {
  return must(ROLES[reader.uint(ROLES.length - 1)], "the number was bounded");
}

function readId(reader: CborArrayReader): string {
  return reader.hex(ID_BYTES);
}

/** Ids without repetition. */
function readIds(reader: CborArrayReader, max: number, min = 1): string[] {
  const count = reader.array(max);
  const ids = new Set<string>();
  for (let i = 0; i < count; i++) ids.add(readId(reader));
  if (ids.size !== count || count < min) throw new WireError("malformed", "Ids repeat or lack.");
  return [...ids];
}

function atLeastOne(count: number): number {
  if (count > 0) return count;
  throw new WireError("out-of-range", "At least one is needed.");
}

function writeIds(writer: CborArrayWriter, ids: readonly string[]): void {
  writer.array(ids.length);
  for (const one of ids) writer.bytes(id(one));
}

function id(hex: string): Uint8Array {
  return must(fromHex(hex), "an id is hexadecimal");
}
