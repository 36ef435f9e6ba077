import type { PeerId } from "../../../identity/index.ts";
import { Bundler } from "./bundle.ts";
import {
  countFullDrop,
  type FullDropReason,
  type FullTunnelCounters,
  type FullTunnelOptions,
} from "./parts.ts";

/** The way of packets from the interface to a peer, the same on both sides of a full tunnel. */
export class Leaving {
  readonly bundler: Bundler;
  readonly #counters: FullTunnelCounters;

  /** @param passed told when packets of so many bytes have left for a peer */
  constructor(
    { datagrams }: FullTunnelOptions,
    counters: FullTunnelCounters,
    passed: (to: PeerId, byteCount: number) => void,
  ) {
    this.#counters = counters;
    this.bundler = new Bundler({
      send: (to, datagram) => datagrams.send(to, datagram),
      onLeft: (to, packets, byteCount, isSent) => {
        if (isSent) {
          counters.sentPackets += packets;
          passed(to, byteCount);
        } else {
          for (let count = 0; count < packets; count++) this.#drop("congested");
        }
      },
    });
  }

  /** Counts what became of a frame of the interface. False: too much waits. */
  settle(result: FullDropReason | boolean): boolean {
    if (typeof result === "boolean") return result;
    this.#drop(result);
    return true;
  }

  #drop(reason: FullDropReason): void {
    countFullDrop(this.#counters.droppedOut, reason);
  }
}
