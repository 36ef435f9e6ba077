import { assert } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { type DeviceKeys, deriveDevice, derivePerson, type PeerId } from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import { DevicesError } from "../errors.ts";
import { DeviceLog } from "./log.ts";
import type { DeviceChange, Signer } from "./op.ts";

const DEVICES = 7;
const REPLICAS = 3;
const ACTIONS = 30;
/** Of 100 actions, so many are signed on an old copy, or by somebody who may not. */
const BYZANTINE_PERCENT = 35;

/** What one round of `fuzzRound` came to. */
export interface FuzzOutcome {
  readonly ops: number;
  readonly revoked: number;
  readonly voided: number;
}

/**
 * Lets replicas of a log grow apart under honest and hostile operations, brings them together in
 * different orders, and checks what must hold whatever happened.
 * @throws AssertionError where it does not
 */
export function fuzzRound(suite: CryptoSuite, random: Random): FuzzOutcome {
  const root = derivePerson(suite, random.bytes(32)).signKey;
  const devices = Array.from({ length: DEVICES }, () => deriveDevice(suite, random.bytes(32)));
  const replicas = Array.from({ length: REPLICAS }, () => [DeviceLog.empty(suite, root.publicKey)]);
  const pick = <T>(from: readonly T[]): T => {
    const found = from[random.u32() % from.length];
    assert(found !== undefined, "there is something to pick from");
    return found;
  };
  for (let action = 0; action < ACTIONS; action++) {
    const history = pick(replicas);
    const isByzantine = random.u32() % 100 < BYZANTINE_PERCENT;
    const now = last(history);
    const base = isByzantine ? pick(history) : now;
    const op = signSomething(base, { root, devices, random, pick, isByzantine });
    const next = taken(now, op);
    if (next !== undefined) history.push(next);
    if (random.u32() % 4 === 0) meet(pick(replicas), pick(replicas), random);
  }
  for (const one of replicas) for (const other of replicas) meet(one, other, random);
  const logs = replicas.map(last);
  const views = new Set(logs.map((log) => describe(log)));
  assert(views.size === 1, "all replicas that have the same operations see the same devices");
  const log = last(logs);
  checkSeniority(log);
  checkVoid(suite, log);
  const states = [...log.devices.values()].map(({ state }) => state);
  return {
    ops: log.size,
    revoked: states.filter((state) => state === "revoked").length,
    voided: states.filter((state) => state === "void").length,
  };
}

/** Undefined where the log refuses what a stranger signed. */
function taken(log: DeviceLog, op: Uint8Array): DeviceLog | undefined {
  try {
    return log.with([op]).log;
  } catch (error) {
    if (error instanceof DevicesError && error.code === "bad-op") return undefined;
    throw error;
  }
}

interface Tools {
  readonly root: Signer;
  readonly devices: readonly DeviceKeys[];
  readonly random: Random;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly isByzantine: boolean;
}

function signSomething(log: DeviceLog, tools: Tools): Uint8Array {
  const { root, devices, random, pick, isByzantine } = tools;
  const standing = devices.filter(({ id }) => log.devices.get(id)?.state === "standing");
  const isRoot = standing.length === 0 || (!isByzantine && random.u32() % 6 === 0);
  const author = isRoot ? root : pick(isByzantine ? devices : standing).signKey;
  const kinds: readonly DeviceChange[] = [
    { kind: "add", name: `n${random.u32() % 9}`, origin: "paired", vouchers: [] },
    { kind: "name", name: `n${random.u32() % 9}` },
    { kind: "revoke" },
  ];
  return log.sign(author, pick(devices).signKey.publicKey, pick(kinds), random.u32() % 1_000);
}

/** One sends the other what it lacks, by its heads. */
function meet(from: DeviceLog[], to: DeviceLog[], random: Random): void {
  const news = last(from).since(last(to).heads);
  const cut = random.u32() % 3 === 0 ? Math.ceil(news.length / 2) : news.length;
  try {
    to.push(last(to).with(news.slice(0, cut).map(({ bytes }) => bytes)).log);
    to.push(last(to).with(news.slice(cut).map(({ bytes }) => bytes)).log);
  } catch (error) {
    assert(!(error instanceof DevicesError), "what a log tells can be taken");
    throw error;
  }
}

/** Nobody but the device itself, the person or a senior device ends a device. */
function checkSeniority(log: DeviceLog): void {
  for (const { state, peerId, revokedBy, rank } of log.devices.values()) {
    if (state !== "revoked" || revokedBy === undefined || revokedBy === peerId) continue;
    const revoker = log.devices.get(revokedBy);
    assert(revoker !== undefined && revoker.rank < rank, "a junior device revokes no senior one");
  }
}

/** What a revoked device signed behind the back of its revocation adds nobody. */
function checkVoid(suite: CryptoSuite, log: DeviceLog): void {
  const ops = log.all();
  for (const { state, peerId } of log.devices.values()) {
    if (state !== "standing") continue;
    const adding = ops.filter(({ device, change }) => device === peerId && change.kind === "add");
    const counts = adding.some(
      ({ author, id }) => author === undefined || !isRevokedUnaware(log, author, id),
    );
    assert(counts, "what is void adds nobody");
  }
  const copy = DeviceLog.empty(suite, log.person).with(ops.map(({ bytes }) => bytes)).log;
  assert(describe(copy) === describe(log), "a log can be told whole");
}

function isRevokedUnaware(log: DeviceLog, author: PeerId, opId: string): boolean {
  const device = log.devices.get(author);
  if (device?.revokedIn === undefined || device.revokedBy === author) return false;
  return !log.upTo(device.revokedIn).some(({ id }) => id === opId);
}

function describe(log: DeviceLog): string {
  return JSON.stringify([...log.devices.values()].sort((a, b) => (a.peerId < b.peerId ? -1 : 1)));
}

function last<T>(list: readonly T[]): T {
  const found = list[list.length - 1];
  assert(found !== undefined, "a history has a beginning");
  return found;
}
