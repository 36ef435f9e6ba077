import { createSocket, type Socket } from "node:dgram";
import { createNodeClock } from "../../src/adapters/node/clock.ts";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { listenForNames } from "../../src/adapters/node/names/server.ts";
import { createNodeRandom } from "../../src/adapters/node/random.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { must } from "../../src/base/errors.ts";
import { cardWrite } from "../../src/contacts/card.ts";
import { Contacts } from "../../src/contacts/index.ts";
import { MeshNames, trialNameOf } from "../../src/gateway/dns/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type PeerId,
  peerIdOf,
  peerIdToBytes,
  personIdOf,
} from "../../src/identity/index.ts";
import { peopleOf } from "../../src/peer/people.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { testIdentity, testRandom } from "../../src/testing/fixtures.ts";
import { type BenchRival, type BenchRow, benchRow } from "../row.ts";
import { QuickNet, QuickRecords, Turns } from "./villages/village-net.ts";

const PETNAMES = 10_000;
const LOOKUPS = 20_000;
const AAAA = 28;
const suite = createNodeSuite();

interface Known {
  readonly petname: string;
  readonly device: PeerId;
}

/** A book of contacts as it is after a start: read from its records. */
async function contactsOf(count: number): Promise<{ contacts: Contacts; known: Known[] }> {
  const random = testRandom("petnames");
  const turns = new Turns((run) => setImmediate(run));
  const records = new QuickRecords(turns);
  const known: Known[] = [];
  const writes = Array.from({ length: count }, (_, at) => {
    const [signKey, deviceKey] = [random.bytes(32), random.bytes(32)];
    const [petname, peerId] = [`contact ${at}`, peerIdOf(suite, deviceKey)];
    known.push({ petname: petname.replace(" ", "-"), device: peerId });
    const contact = {
      ...{ personId: personIdOf(suite, signKey), signKey, dhKey: random.bytes(32), petname },
      ...{ state: "met" as const, endpoints: [], addedAtMs: 0, refusal: undefined },
      devices: [{ peerId, signKey: deviceKey, introduced: true }],
    };
    return cardWrite({ contact, question: undefined, vow: undefined });
  });
  await new Promise<void>((done) => records.write(writes, () => done()));
  const identity = testIdentity(suite, "own");
  const contacts = new Contacts({
    ...{ identity, name: "own", suite, records, log: SILENT_LOG },
    ...{ clock: createNodeClock(), random: createNodeRandom() },
    sessions: new QuickNet(turns).join(
      decodePeerRecord(suite, encodePeerRecord(identity, { name: "own", seqno: 1 })),
    ),
    events: { onContactChanged: () => undefined },
  });
  await new Promise<void>((done, fail) =>
    contacts.load((error) => (error === null ? done() : fail(error))),
  );
  return { contacts, known };
}

/** A question as a stub resolver sends it (RFC 1035 section 4.1). */
function questionOf(id: number, name: string): Buffer {
  const labels = [...name.split("."), ""].map((label) =>
    Buffer.concat([Buffer.from([label.length]), utf8(label)]),
  );
  const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, Buffer.from([0, AAAA, 0, 1])]);
}

function ask(socket: Socket, port: number, question: Buffer): Promise<Buffer> {
  return new Promise((answered) => {
    socket.once("message", answered);
    socket.send(question, port, "127.0.0.1");
  });
}

/** Milliseconds of each lookup over UDP, one after another, each answer checked. */
async function lookUps(port: number, known: readonly Known[]): Promise<number[]> {
  const socket = createSocket("udp4");
  await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
  const times: number[] = [];
  try {
    for (let at = 0; at < LOOKUPS; at++) {
      const { petname, device } = must(known[(at * 7_919) % known.length], "within the list");
      const question = questionOf(at & 0xffff, `${petname}.peer.alt`);
      const startMs = performance.now();
      const answer = await ask(socket, port, question);
      times.push(performance.now() - startMs);
      const isRight = answer[3] === 0 && answer.subarray(-16).equals(peerIdToBytes(device));
      if (!isRight) throw new RangeError(`${petname} was answered wrongly`);
    }
  } finally {
    socket.close();
  }
  return times;
}

const RIVALS: readonly BenchRival[] = [
  {
    name: "others",
    value: null,
    note: "no other system has petnames behind a local DNS server that npm or Debian could install",
  },
];

/** How long a lookup of a petname takes over UDP, of 10,000 contacts. */
export async function run(): Promise<BenchRow[]> {
  const { contacts, known } = await contactsOf(PETNAMES);
  const nobody = { route: () => undefined, record: () => undefined };
  const people = peopleOf(contacts, nobody, { isRevoked: () => false, stands: () => true });
  const mesh = new MeshNames(people, testIdentity(suite, "own").id, trialNameOf("bench"));
  const server = await listenForNames({
    ...{ address: "127.0.0.1", port: 0 },
    answer: (message) => mesh.answer(message),
  });
  if (typeof server === "string") throw new RangeError(`no UDP port: ${server}`);
  try {
    const [first = 0, ...times] = await lookUps(server.port, known);
    const sorted = [first, ...times].toSorted((a, b) => a - b);
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? null;
    const middle = sorted[sorted.length >> 1] ?? 0;
    const note = `${LOOKUPS} lookups of ${PETNAMES} petnames by UDP on loopback, both ends in one process; median ${middle.toFixed(3)} ms, the first one, which makes the index, ${first.toFixed(0)} ms`;
    return [{ ...benchRow("messages.names.p99.ms", p99, "ms", RIVALS), note }];
  } finally {
    await server.close();
  }
}
