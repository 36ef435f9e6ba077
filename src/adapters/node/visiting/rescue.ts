import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fromHex, toHex } from "../../../base/bytes.ts";
import {
  Collecting,
  formatDeviceLink,
  type GivenShare,
  LINK_ENDPOINTS_MAX,
  LINK_SECRET_BYTES,
  REQUEST_LIFE_MS,
  type Recovered,
} from "../../../devices/index.ts";
import type { Home } from "../home.ts";
import { parseObject, readSmall, writeWhole } from "../home-files.ts";
import { openRecordStore } from "../records.ts";
import type { Visitor } from "./visitor.ts";

/** The file in a home that holds a request for help and the shares that came. */
export const RESCUE_FILE = "rescue.json";
/** Time for the last word to a friend to go out, in milliseconds. */
const LAST_WORD_MS = 1_500;
const SEED_BYTES = 32;

/** A request for help that outlives the process: friends may come on different days. */
export interface RescueRequest {
  readonly deviceSeed: Uint8Array;
  /** In the link that friends are given. */
  readonly secret: Uint8Array;
  readonly name: string;
  readonly shares: readonly GivenShare[];
}

/** What a rescue tells whoever runs it. */
export interface RescueEvents {
  readonly onWords: (words: readonly string[], name: string) => void;
  readonly onShare: (name: string, have: number, need: number) => void;
  readonly onProblem: (sentence: string) => void;
}

/** The request that this home has begun, or a new one. @throws AdapterError("io") */
export async function takeRequest(
  home: Home,
  name: (seed: Uint8Array) => string,
): Promise<RescueRequest> {
  const known = parseRequest(await readSmall(fileOf(home)));
  if (known !== undefined) return known;
  const deviceSeed = new Uint8Array(randomBytes(SEED_BYTES));
  const secret = new Uint8Array(randomBytes(LINK_SECRET_BYTES));
  const request = { deviceSeed, secret, name: name(deviceSeed), shares: [] };
  await write(home, request);
  return request;
}

/** The link with which friends reach this device. */
export function requestLink(visitor: Visitor, { secret }: RescueRequest): string {
  const { identity, clock } = visitor.parts;
  return formatDeviceLink("recover", {
    ...{ signKey: identity.signKey.publicKey, secret },
    endpoints: visitor.listening().slice(0, LINK_ENDPOINTS_MAX),
    expiresAtMs: clock.wallMs() + REQUEST_LIFE_MS,
  });
}

/**
 * Collects shares until there are enough, and makes this home that of the person who is back.
 * @throws AdapterError, DiskError with what to do next
 */
export async function rescue(
  visitor: Visitor,
  home: Home,
  request: RescueRequest,
  events: RescueEvents,
): Promise<Recovered> {
  const shares: GivenShare[] = [];
  let saving: Promise<void> = Promise.resolve();
  const { identity, suite, clock, random, log, peer } = visitor.parts;
  const recovered = await new Promise<Recovered>((resolve, reject) => {
    const collecting = new Collecting({
      ...{ identity, suite, clock, random, log, sessions: peer.session, secret: request.secret },
      events: {
        onWords: events.onWords,
        onProblem: events.onProblem,
        onShare: (given, have, need) => {
          shares.push(given);
          const all = { ...request, shares: [...shares] };
          saving = saving.then(() => write(home, all));
          saving.catch(reject);
          events.onShare(given.name, have, need);
        },
        onRecovered: resolve,
      },
    });
    visitor.host(collecting);
    for (const given of request.shares) collecting.take(given);
  });
  await saving;
  const records = await openRecordStore(home.recordsDirectory);
  try {
    await new Promise<void>((resolve, reject) => {
      const seqno = visitor.records.now("peer/seqno");
      records.write(seqno, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    await records.close();
  }
  const { deviceSeed, name } = request;
  const { entropy, vouchers } = recovered;
  await home.writeIdentity({
    ...{ deviceSeed, name, personEntropy: entropy, wordsShown: false },
    broughtBack: { how: "friends", vouchers },
  });
  await rm(fileOf(home), { force: true });
  await new Promise((done) => setTimeout(done, LAST_WORD_MS));
  return recovered;
}

function fileOf(home: Home): string {
  return join(home.directory, RESCUE_FILE);
}

async function write(
  home: Home,
  { deviceSeed, secret, name, shares }: RescueRequest,
): Promise<void> {
  const text = JSON.stringify({
    ...{ deviceSeed: toHex(deviceSeed), secret: toHex(secret), name },
    shares: shares.map((one) => ({ ...one, set: toHex(one.set), share: toHex(one.share) })),
  });
  await writeWhole(fileOf(home), `${text}\n`);
}

/** Undefined where there is none, or it is damaged: then friends are asked once more. */
function parseRequest(text: string | undefined): RescueRequest | undefined {
  const found = text === undefined ? undefined : parseObject(text);
  const [deviceSeed, secret] = [bytesIn(found?.["deviceSeed"]), bytesIn(found?.["secret"])];
  const [name, list] = [found?.["name"], found?.["shares"]];
  const isWhole = deviceSeed?.length === SEED_BYTES && secret?.length === LINK_SECRET_BYTES;
  if (!isWhole || typeof name !== "string" || !Array.isArray(list)) return undefined;
  const shares = (list as readonly unknown[]).flatMap((one): readonly GivenShare[] => {
    const given = (typeof one === "object" && one !== null ? one : {}) as Record<string, unknown>;
    const [set, share] = [bytesIn(given["set"]), bytesIn(given["share"])];
    const { friend, name: called } = given;
    if (set === undefined || share === undefined) return [];
    if (typeof friend !== "string" || typeof called !== "string") return [];
    return [{ set, share, friend, name: called }];
  });
  return { deviceSeed, secret, name, shares };
}

function bytesIn(value: unknown): Uint8Array | undefined {
  return typeof value === "string" ? fromHex(value) : undefined;
}
