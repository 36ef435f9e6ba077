import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { Timed } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import type { Ledger } from "./ledger.ts";
import { PAIRS_MAX } from "./limits.ts";
import { Line, type LineContext } from "./line.ts";
import type { Brought } from "./packet-way.ts";
import { POST_SERVICE } from "./protocol.ts";
import { Reading } from "./reading.ts";
import type { Correspondents } from "./types.ts";

/** What all lines together are made of. */
export interface LinesOptions extends LineContext {
  readonly ledger: Ledger;
  readonly correspondents: Correspondents;
}

/** The streams to and from all devices with which letters are exchanged. */
export class Lines implements Timed {
  readonly #options: LinesOptions;
  readonly #lines = new Map<PeerId, Line>();
  readonly #readings = new Map<PeerId, Reading>();
  readonly #reachable = new Set<PeerId>();

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** From now on others may bring letters. */
  serve(): void {
    this.#options.sessions.serve(POST_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /** There may be something to do with a device: wants a line where it may have letters. */
  look(device: PeerId): void {
    const line = this.#lines.get(device) ?? this.#begin(device);
    line?.poke();
  }

  /** As `look`, and forgets waits. */
  hurry(device: PeerId): void {
    const line = this.#lines.get(device) ?? this.#begin(device);
    line?.hurry();
  }

  isReachable(device: PeerId): boolean {
    return this.#reachable.has(device);
  }

  /** Whether a device in reach said that it has no room. */
  isFull(device: PeerId): boolean {
    return this.#lines.get(device)?.isHeld === true;
  }

  /** Whether frames for a device had better be small. */
  isThrifty(device: PeerId): boolean {
    return this.#lines.get(device)?.isThrifty ?? this.#options.packets?.isThrifty ?? false;
  }

  /** A packet of a device opened. */
  heardPacket(device: PeerId, brought: Brought): void {
    (this.#lines.get(device) ?? this.#begin(device))?.heardPacket(brought);
  }

  /** A packet of a device came again. */
  heardPacketAgain(device: PeerId): void {
    this.#lines.get(device)?.heardPacketAgain();
  }

  /** A session with this device is possible now. */
  peerReachable(device: PeerId): void {
    this.#reachable.add(device);
    const line = this.#lines.get(device);
    if (line === undefined) this.#begin(device);
    else line.setReachable(true);
  }

  /** Sessions with this device cannot be had any more. */
  peerUnreachable(device: PeerId): void {
    this.#reachable.delete(device);
    this.#lines.get(device)?.setReachable(false);
  }

  /** Nothing goes to this device any more. */
  forget(device: PeerId): void {
    this.#lines.get(device)?.setReachable(false);
    this.#lines.delete(device);
    this.#readings.get(device)?.drop();
  }

  nextDeadlineMs(): number {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const device of this.#reachable) {
      earliestMs = Math.min(earliestMs, this.#lines.get(device)?.deadlineMs ?? earliestMs);
    }
    return earliestMs;
  }

  tick(): void {
    for (const device of this.#reachable) this.#lines.get(device)?.tick();
  }

  #begin(device: PeerId): Line | undefined {
    const personId = this.#options.correspondents.personOf(device);
    if (personId === undefined || this.#lines.size >= PAIRS_MAX) return undefined;
    const line = new Line(this.#options, device, personId);
    this.#lines.set(device, line);
    if (this.#reachable.has(device)) line.setReachable(true);
    return line;
  }

  /** Only who may write to us gets a stream, one each: a newer one replaces the older. */
  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    const personId = this.#options.correspondents.admit(from);
    if (personId === undefined) return undefined;
    this.#readings.get(from.id)?.drop();
    const bringer = { device: from.id, personId, dhKey: from.dhKey };
    const reading = new Reading(this.#options, stream, bringer, (over) => {
      if (this.#readings.get(from.id) === over) this.#readings.delete(from.id);
    });
    this.#readings.set(from.id, reading);
    return reading;
  }
}
