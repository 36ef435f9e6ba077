import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import type { PeerId, PersonId } from "../../src/identity/index.ts";
import { type Correspondents, isLetterPacket, Messages } from "../../src/messages/index.ts";
import * as ratchet from "../../src/messages/ratchet/index.ts";
import { type Clock, type RecordStore, SILENT_LOG } from "../../src/ports/index.ts";
import { SessionManager } from "../../src/session/index.ts";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { Line, type LineNode } from "./line.ts";

const suite = createNodeSuite();

/** A node with sessions and messages, which it exchanges with one person. */
class Resident {
  readonly node: LineNode;
  readonly messages: Messages;
  received = 0;

  constructor(node: LineNode, other: LineNode, isThrifty: boolean) {
    this.node = node;
    const { identity, random, routing } = node;
    const clock: Clock = {
      monotonicMs: () => node.clock.monotonicMs(),
      wallMs: () => Math.floor(node.clock.wallMs()),
    };
    const common = { identity, suite, clock, random, log: SILENT_LOG };
    const sessions = new SessionManager({ ...common, routing, paths: routing.paths });
    const records = immediate();
    this.messages = new Messages({
      ...{ ...common, records, sessions, ratchet },
      packets: { isThrifty, send: (to, frame) => routing.send(to, frame) },
      correspondents: knowing(other),
      events: { onMessage: () => void this.received++, onMessageState: () => undefined },
    });
    node.onPacket = (payload, back) => {
      if (isLetterPacket(payload)) this.messages.packet(payload);
      else sessions.packet(payload, back);
    };
    node.onReachable = (id) => {
      sessions.peerReachable(id);
      this.messages.peerReachable(id);
    };
    node.rooms.push(sessions, this.messages);
    this.messages.load((error) => {
      if (error !== null) throw error;
    });
  }

  /** Says something to the other person. */
  say(text: string, to: PersonId): void {
    this.messages.send(to, text, (error) => {
      if (error !== null) throw error;
    });
  }
}

/** A disk that is done at once. */
function immediate(): RecordStore {
  const disk = new MemoryRecords();
  const store = disk.open();
  const drain = (): void => {
    while (disk.busy) disk.step();
  };
  return {
    write(batch, done) {
      store.write(batch, done);
      drain();
    },
    scan(prefix, done) {
      store.scan(prefix, done);
      drain();
    },
  };
}

function knowing({ identity }: LineNode): Correspondents {
  const { personId } = identity.person;
  const device = { peerId: identity.id, signKey: identity.signKey.publicKey };
  const person = { personId, devices: [device] };
  const personOf = (id: PeerId): PersonId | undefined =>
    id === identity.id ? personId : undefined;
  return {
    byPerson: (id) => (id === personId ? person : undefined),
    personOf,
    admit: (record) => personOf(record.id),
    all: () => [person],
    own: () => [],
  };
}

/** What is said over a serial line, and how. */
export interface Talk {
  readonly bitsPerSecond: number;
  readonly messages: number;
  readonly gapMs: number;
  /** Every text is another one. */
  readonly text: (index: number) => string;
  /** Whether both sides have nothing but slow lines. */
  readonly isThrifty: boolean;
}

/**
 * Bytes that a message adds on a serial line as the messages room sends it: as packets where both
 * sides are thrifty, otherwise in a session stream.
 */
export function productBytes({ bitsPerSecond, messages, gapMs, text, isThrifty }: Talk): number {
  const residents: Resident[] = [];
  const line = new Line("product", 2, bitsPerSecond, ([one, other]) => {
    if (!(one && other)) throw new RangeError("two nodes");
    residents.push(new Resident(one, other, isThrifty), new Resident(other, one, isThrifty));
  });
  const [a, b] = residents;
  if (!(a && b)) throw new RangeError("two residents");
  const speak = (from: Resident, to: Resident, index: number): void => {
    from.say(text(index), to.node.identity.person.personId);
    line.run(gapMs);
  };
  speak(a, b, 0);
  speak(b, a, 1);
  const before = line.bytes;
  for (let i = 2; i < messages + 2; i++) {
    const isFirst = (a.node.random.u32() & 1) === 0;
    speak(isFirst ? a : b, isFirst ? b : a, i);
  }
  const talked = line.bytes - before;
  if (a.received + b.received !== messages + 2) throw new RangeError("Messages are missing.");
  line.run(gapMs * messages);
  const idle = line.bytes - before - talked;
  return (talked - idle) / messages;
}
