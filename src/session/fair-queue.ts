import { must } from "../base/errors.ts";
import { Codel } from "./codel.ts";
import { copyOf, giveBack } from "./datagram-memory.ts";
import { DATAGRAM_EXTRA_BYTES, datagramBytesMax } from "./datagram-queue.ts";
import { datagramOverheadBytes, writeDatagramHead } from "./frames.ts";
import {
  DATAGRAM_FLOW_MAX,
  DATAGRAM_FLOWS_MAX,
  DATAGRAM_QUANTUM_BYTES,
  DATAGRAM_QUEUE_BYTES_MAX,
  DATAGRAM_QUEUE_MAX,
  WAITING_MS,
} from "./limits.ts";
import type { PacketBuffer } from "./packet-buffer.ts";

const NO_FLOWS: Map<number, Flow> = new Map();

interface Item {
  /** The frame that carries it, in memory that is given back. */
  readonly frame: Uint8Array;
  /** Bytes of the datagram in it. */
  readonly sizeBytes: number;
  readonly queuedMs: number;
}

/** Datagrams of one flow in the order in which they came. */
class Flow {
  readonly codel: Codel = new Codel();
  sizeBytes = 0;
  /** Bytes that it may still send before others have their turn. */
  creditBytes = 0;
  isListed = false;
  #items: Item[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  push(item: Item): void {
    this.#items.push(item);
    this.sizeBytes += item.sizeBytes;
  }

  shift(): Item | undefined {
    const first = this.first;
    if (first === undefined) return undefined;
    this.#head++;
    this.sizeBytes -= first.sizeBytes;
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }
}

/**
 * Datagrams of a session on their way out, in a queue for each flow (FQ-CoDel, RFC 8290): flows
 * take turns by bytes, and what begins to speak, or speaks little, does not wait behind those that
 * always have more. A flow whose queue stands loses a packet now and then; where everything is
 * full, the longest queue gives way.
 */
export class FairQueue {
  /** Made with the first datagram: most sessions carry none. */
  #flows: Map<number, Flow> = NO_FLOWS;
  /** Flows that have just begun to speak … */
  #fresh: Flow[] = [];
  /** … and the others that have something to say, in the order of their turns. */
  #turns: Flow[] = [];
  #length = 0;
  #sizeBytes = 0;

  /** Datagrams waiting. */
  get length(): number {
    return this.#length;
  }

  /** Whether a flow that was refused has got rid of a good part of what it had. */
  hasRoom(flowId: number): boolean {
    const length = this.#flows.get(flowId % DATAGRAM_FLOWS_MAX)?.length ?? 0;
    const isFull =
      this.#length >= DATAGRAM_QUEUE_MAX || this.#sizeBytes * 2 >= DATAGRAM_QUEUE_BYTES_MAX;
    return 2 * length <= DATAGRAM_FLOW_MAX && !isFull;
  }

  /** Takes a copy in; false where this flow is the one that would have to give way. */
  push(serviceId: number, bytes: Uint8Array, flowId: number, nowMs: number): boolean {
    const flow = this.#flowOf(flowId);
    if (flow.length >= DATAGRAM_FLOW_MAX || !this.#makeRoom(flow, bytes.length)) return false;
    const frame = copyOf(bytes, datagramOverheadBytes(bytes.length));
    writeDatagramHead(frame, serviceId, bytes.length);
    flow.push({ frame, sizeBytes: bytes.length, queuedMs: nowMs });
    this.#length++;
    this.#sizeBytes += bytes.length;
    if (!flow.isListed) {
      flow.isListed = true;
      flow.creditBytes = DATAGRAM_QUANTUM_BYTES;
      this.#fresh.push(flow);
    }
    return true;
  }

  /** Size of the packet that takes the next one, in bytes, where other data asks for `wanted`. */
  packetBytes(wantedBytes: number, ceilingBytes: number, nowMs: number): number {
    const sizeBytes = this.#next(nowMs)?.first?.sizeBytes ?? 0;
    if (sizeBytes <= datagramBytesMax(wantedBytes)) return wantedBytes;
    return Math.min(ceilingBytes, sizeBytes + DATAGRAM_EXTRA_BYTES);
  }

  /**
   * Writes those that fit; what will never fit is dropped.
   * @param packetBytes largest packet that may be sent
   */
  write(buffer: PacketBuffer, packetBytes: number, nowMs: number): void {
    for (;;) {
      const flow = this.#next(nowMs);
      const item = flow?.first;
      if (flow === undefined || item === undefined) return;
      const { frame, sizeBytes } = item;
      const fits = frame.length <= buffer.room;
      if (!fits && sizeBytes <= datagramBytesMax(packetBytes)) return;
      // Given back at once, and yet nobody writes there before the packet is sealed: that is what copies of other datagrams do.
      if (fits) buffer.lend(frame);
      flow.creditBytes -= sizeBytes;
      this.#drop(flow);
    }
  }

  /** Gives all memory back. */
  clear(): void {
    for (const flow of this.#flows.values()) while (flow.length > 0) this.#drop(flow);
    this.#fresh = [];
    this.#turns = [];
    this.#flows = NO_FLOWS;
  }

  /** The flow whose turn it is, with a datagram that may leave. */
  #next(nowMs: number): Flow | undefined {
    for (;;) {
      const list = this.#fresh.length > 0 ? this.#fresh : this.#turns;
      const flow = list[0];
      if (flow === undefined) return undefined;
      if (flow.creditBytes <= 0) {
        if (list === this.#turns) this.#skipTurns();
        flow.creditBytes += DATAGRAM_QUANTUM_BYTES;
        list.shift();
        this.#turns.push(flow);
        continue;
      }
      this.#thin(flow, nowMs);
      if (flow.length > 0) return flow;
      list.shift();
      // It could jump the queue at will if it were forgotten here and began anew.
      if (list === this.#fresh && this.#turns.length > 0) this.#turns.push(flow);
      else flow.isListed = false;
    }
  }

  /** Gives all flows at once what they get in turns in which none of them may send: a large datagram is paid for in many. */
  #skipTurns(): void {
    let turns = Number.POSITIVE_INFINITY;
    for (const { creditBytes } of this.#turns) {
      turns = Math.min(turns, Math.floor(-creditBytes / DATAGRAM_QUANTUM_BYTES));
      if (turns <= 0) return;
    }
    for (const flow of this.#turns) flow.creditBytes += turns * DATAGRAM_QUANTUM_BYTES;
  }

  /** Drops from the front what is late or what the standing queue costs. */
  #thin(flow: Flow, nowMs: number): void {
    for (let item = flow.first; item !== undefined; item = flow.first) {
      const waitedMs = nowMs - item.queuedMs;
      const isLate = waitedMs >= WAITING_MS;
      if (!isLate && !flow.codel.drops(waitedMs, flow.length === 1, nowMs)) return;
      this.#drop(flow);
    }
  }

  #drop(flow: Flow): void {
    const item = must(flow.shift(), "only flows with a datagram drop one");
    this.#length--;
    this.#sizeBytes -= item.sizeBytes;
    giveBack(item.frame);
  }

  /** Drops what the longest flow has waited for longest; false where that is this one. */
  #makeRoom(flow: Flow, bytes: number): boolean {
    while (
      this.#length >= DATAGRAM_QUEUE_MAX ||
      this.#sizeBytes + bytes > DATAGRAM_QUEUE_BYTES_MAX
    ) {
      let longest = flow;
      for (const one of this.#flows.values()) if (weight(one) > weight(longest)) longest = one;
      if (longest === flow) return false;
      this.#drop(longest);
    }
    return true;
  }

  #flowOf(flowId: number): Flow {
    const id = flowId % DATAGRAM_FLOWS_MAX;
    const known = this.#flows.get(id);
    if (known !== undefined) return known;
    if (this.#flows === NO_FLOWS) this.#flows = new Map();
    const flow = new Flow();
    this.#flows.set(id, flow);
    return flow;
  }
}

/** What a flow takes of both limits. */
function weight({ sizeBytes, length }: Flow): number {
  return Math.max(sizeBytes / DATAGRAM_QUEUE_BYTES_MAX, length / DATAGRAM_QUEUE_MAX);
}
