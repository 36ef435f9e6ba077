import type { PeerId } from "../../identity/index.ts";
import type { Clock } from "../../ports/index.ts";
import { FLOW_STATE, FlowTable } from "./flow-table.ts";
import { Fragmented } from "./fragmented.ts";
import { ICMP_ERROR_HEAD_BYTES } from "./icmp.ts";
import { FLOWS_PER_PEER_MAX } from "./limits.ts";
import { ICMP_TYPE, PacketReader, PROTOCOL, TCP_FLAG } from "./packet.ts";
import type { PeerTable } from "./peer-table.ts";

/** What rules are about; a port counts for tcp and udp only. */
export type FlowProtocol = "tcp" | "udp" | "icmp";

/** Whether a peer may begin something here: the rules of this peer. `port` is 0 for icmp. */
export type MayEnter = (from: PeerId, protocol: FlowProtocol, port: number) => boolean;

/** Lets in echo requests, by which everybody may see that we are there, and nothing else. */
export const ECHO_ONLY: MayEnter = (_from, protocol) => protocol === "icmp";

/** Why a packet does not pass. */
export type FlowRefusal = "not-allowed" | "no-flow" | "flows-full" | "icmp-type" | "lone-fragment";

/** Ports from here on are not those of services (Linux' ip_local_port_range begins here). */
const EPHEMERAL_PORT_MIN = 32_768;

/**
 * A stateful firewall that lets nothing in by default: answers to what began here pass, and what
 * the rules allow. Everything that leaves passes and is remembered.
 */
export class Firewall {
  readonly #clock: Clock;
  readonly #peers: PeerTable;
  readonly #mayEnter: MayEnter;
  readonly #flows: FlowTable;
  readonly #fragmented = new Fragmented();
  readonly #quoted = new PacketReader();

  constructor(clock: Clock, peers: PeerTable, mayEnter: MayEnter, seed: number) {
    this.#clock = clock;
    this.#peers = peers;
    this.#mayEnter = mayEnter;
    this.#flows = new FlowTable(peers, seed);
  }

  /** Flows that are remembered. */
  get flowCount(): number {
    return this.#flows.size;
  }

  /** A packet leaves for the peer with the number `slot`. */
  outbound(slot: number, packet: PacketReader): FlowRefusal | undefined {
    if (packet.isLaterFragment) return undefined;
    const { protocol } = packet;
    if (protocol === PROTOCOL.icmp) return this.#icmpOut(slot, packet);
    const nowMs = this.#clock.monotonicMs();
    const { sourcePort: local, destinationPort: remote } = packet;
    const flow = this.#flows.find(slot, protocol, local, remote, nowMs);
    const begins = isBegin(packet);
    const isOver = flow >= 0 && this.#flows.stateOf(flow) === FLOW_STATE.closing;
    if (flow >= 0 && !(begins && (isOver || this.#flows.isBarred(flow)))) {
      // A barred flow is not kept alive by us: it would open the door again that was shut.
      if (!this.#flows.isBarred(flow)) this.#touch(flow, packet, nowMs);
      return undefined;
    }
    if (flow >= 0) this.#flows.forget(flow);
    // In the middle of a connection, as after a restart: ours, unless it belongs to a service here.
    const isOurs = protocol === PROTOCOL.udp || begins || local >= EPHEMERAL_PORT_MIN;
    if (!isOurs) return undefined;
    const state = protocol === PROTOCOL.udp ? FLOW_STATE.udp : FLOW_STATE.opening;
    this.#flows.add(slot, protocol, local, remote, state, false, nowMs);
    return undefined;
  }

  /** A packet has come from the peer with the number `slot`. */
  inbound(slot: number, packet: PacketReader): FlowRefusal | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (packet.isLaterFragment) {
      return this.#fragmented.has(slot, packet.fragmentId, nowMs) ? undefined : "lone-fragment";
    }
    const refusal =
      packet.protocol === PROTOCOL.icmp
        ? this.#icmpIn(slot, packet, nowMs)
        : this.#transportIn(slot, packet, nowMs);
    if (refusal === undefined && packet.isFragment) {
      this.#fragmented.add(slot, packet.fragmentId, nowMs);
    }
    return refusal;
  }

  /** The rules have changed: what peers began and may not any more ends now. */
  recheck(): void {
    this.#flows.eachOfTheirs((flow, slot, protocol, local) => {
      const name = protocol === PROTOCOL.tcp ? "tcp" : "udp";
      if (!this.#mayEnter(this.#peers.idOf(slot), name, local)) this.#flows.bar(flow);
    });
  }

  #transportIn(slot: number, packet: PacketReader, nowMs: number): FlowRefusal | undefined {
    const { protocol, destinationPort: local, sourcePort: remote } = packet;
    const flow = this.#flows.find(slot, protocol, local, remote, nowMs);
    const isOver = flow >= 0 && this.#flows.stateOf(flow) === FLOW_STATE.closing;
    if (flow >= 0 && !(isOver && isBegin(packet)) && !this.#flows.isBarred(flow)) {
      this.#touch(flow, packet, nowMs);
      return undefined;
    }
    const name = protocol === PROTOCOL.tcp ? "tcp" : "udp";
    if (!this.#mayEnter(this.#peers.idOf(slot), name, local)) {
      return protocol === PROTOCOL.udp || isBegin(packet) ? "not-allowed" : "no-flow";
    }
    if (flow >= 0) this.#flows.forget(flow);
    if (this.#peers.flowsOf(slot) >= FLOWS_PER_PEER_MAX) this.#flows.sweep(nowMs);
    if (this.#peers.flowsOf(slot) >= FLOWS_PER_PEER_MAX) return "flows-full";
    const state = protocol === PROTOCOL.udp ? FLOW_STATE.udp : FLOW_STATE.opening;
    const added = this.#flows.add(slot, protocol, local, remote, state, true, nowMs);
    return added < 0 ? "flows-full" : undefined;
  }

  #touch(flow: number, packet: PacketReader, nowMs: number): void {
    let state = this.#flows.stateOf(flow);
    if (packet.protocol === PROTOCOL.tcp) {
      if ((packet.tcpFlags & (TCP_FLAG.fin | TCP_FLAG.rst)) !== 0) state = FLOW_STATE.closing;
      else if (state === FLOW_STATE.opening && !isBegin(packet)) state = FLOW_STATE.open;
    }
    this.#flows.touch(flow, state, nowMs);
  }

  #icmpOut(slot: number, packet: PacketReader): FlowRefusal | undefined {
    const { icmpType, echoId } = packet;
    if (icmpType === ICMP_TYPE.echoReply || icmpType <= ICMP_TYPE.errorLast) return undefined;
    if (icmpType !== ICMP_TYPE.echoRequest) return "icmp-type";
    const nowMs = this.#clock.monotonicMs();
    const flow = this.#flows.find(slot, PROTOCOL.icmp, echoId, 0, nowMs);
    if (flow >= 0) this.#flows.touch(flow, FLOW_STATE.echo, nowMs);
    else this.#flows.add(slot, PROTOCOL.icmp, echoId, 0, FLOW_STATE.echo, false, nowMs);
    return undefined;
  }

  #icmpIn(slot: number, packet: PacketReader, nowMs: number): FlowRefusal | undefined {
    const { icmpType, echoId } = packet;
    if (icmpType === ICMP_TYPE.echoRequest) {
      return this.#mayEnter(this.#peers.idOf(slot), "icmp", 0) ? undefined : "not-allowed";
    }
    if (icmpType === ICMP_TYPE.echoReply) {
      return this.#flows.find(slot, PROTOCOL.icmp, echoId, 0, nowMs) < 0 ? "no-flow" : undefined;
    }
    if (icmpType > ICMP_TYPE.errorLast) return "icmp-type";
    return this.#errorIn(slot, packet, nowMs);
  }

  /** An ICMP error passes where it quotes a packet that we sent to this very peer, in a flow we know. */
  #errorIn(slot: number, packet: PacketReader, nowMs: number): FlowRefusal | undefined {
    const quoted = this.#quoted;
    const at = packet.transportAt + ICMP_ERROR_HEAD_BYTES;
    if (quoted.readQuoted(packet.bytes, at, packet.end) !== undefined) return "no-flow";
    if (quoted.isLaterFragment) return "no-flow";
    if (this.#peers.find(packet.bytes, quoted.destinationAt) !== slot) return "no-flow";
    const isEcho = quoted.protocol === PROTOCOL.icmp;
    if (isEcho && quoted.icmpType !== ICMP_TYPE.echoRequest) return "no-flow";
    const local = isEcho ? quoted.echoId : quoted.sourcePort;
    const remote = isEcho ? 0 : quoted.destinationPort;
    const flow = this.#flows.find(slot, quoted.protocol, local, remote, nowMs);
    return flow < 0 || this.#flows.isBarred(flow) ? "no-flow" : undefined;
  }
}

/** Whether a packet begins a connection: SYN without ACK. */
function isBegin(packet: PacketReader): boolean {
  const { protocol, tcpFlags } = packet;
  return protocol === PROTOCOL.tcp && (tcpFlags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
}
