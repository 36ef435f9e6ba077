import { equalBytes, NO_BYTES } from "../../base/bytes.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Random } from "../../ports/index.ts";
import { joinWays, type Path, type PathPort } from "../../routing/index.ts";
import { RangeSet } from "../range-set.ts";
import {
  MEETING_PAUSE_MS,
  MEETING_RENEW_MS,
  MEETING_WAIT_MS,
  MEETINGS_MAX,
  SALT_BYTES,
  SKETCH_PART_BYTES,
  SKETCH_PEERS_MAX,
  SKETCH_PEERS_THRIFTY_MAX,
} from "./limits.ts";
import type { Outbox } from "./outbox.ts";
import { encodeProposal, encodeSketchPart, readProposal, readSketchPart } from "./path-frames.ts";

/** What the search for a meeting needs of its session. */
export interface MeetingHost {
  readonly selfId: PeerId;
  readonly peerId: PeerId;
  readonly random: Random;
  readonly isThrifty: boolean;
  nowMs(): number;
  /** Largest part of a sketch that fits a packet, in bytes. */
  partBytes(): number;
  /** Whether the other end is a contact. */
  isTrusted(): boolean;
  /** A way that may lead to the other end, over a peer that both know. */
  onJoined(path: Path): void;
  onWork(): void;
}

interface Assembly {
  readonly salt: Uint8Array;
  readonly bytes: Uint8Array;
  readonly ranges: RangeSet;
}

/**
 * Meeting in the middle: the initiator sends a salted sketch of its vicinity, the other end
 * proposes peers that both know, each with the labels from there to itself; the initiator joins
 * them to its own labels. Contacts only: a sketch tells where in the mesh its sender is.
 */
export class Meeting {
  readonly #host: MeetingHost;
  readonly #paths: PathPort;
  readonly #outbox: Outbox;
  #salt: Uint8Array = NO_BYTES;
  #untilMs = Number.NEGATIVE_INFINITY;
  #nextMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #proposals = 0;
  #assembly: Assembly | undefined;
  #takenMs = Number.NEGATIVE_INFINITY;

  constructor(host: MeetingHost, paths: PathPort, outbox: Outbox) {
    this.#host = host;
    this.#paths = paths;
    this.#outbox = outbox;
  }

  /** When the next exchange may begin. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** Whether proposals to the sketch sent last are still welcome. */
  isOpen(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }

  /** Not now: the peer is near, or a stranger. */
  postpone(nowMs: number): void {
    this.#nextMs = nowMs + MEETING_PAUSE_MS;
  }

  /** Sends a sketch. */
  begin(nowMs: number): void {
    const { random, isThrifty } = this.#host;
    const salt = random.bytes(SALT_BYTES);
    const peersMax = isThrifty ? SKETCH_PEERS_THRIFTY_MAX : SKETCH_PEERS_MAX;
    const sketch = this.#paths.sketch(salt, peersMax);
    this.#nextMs = nowMs + MEETING_RENEW_MS;
    if (sketch.length === 0) return;
    this.#salt = salt;
    this.#untilMs = nowMs + MEETING_WAIT_MS;
    this.#proposals = 0;
    const partBytes = Math.min(SKETCH_PART_BYTES, this.#host.partBytes());
    for (let offset = 0; offset < sketch.length; offset += partBytes) {
      const bytes = sketch.subarray(offset, offset + partBytes);
      this.#outbox.push(encodeSketchPart({ salt, offset, totalBytes: sketch.length, bytes }));
    }
  }

  /** The way found so has failed, or none was: another exchange, later each time. */
  onFailed(nowMs: number): void {
    const pauseMs = MEETING_PAUSE_MS * 2 ** Math.min(this.#failures, 6);
    this.#failures++;
    this.#nextMs = Math.min(this.#nextMs, nowMs + pauseMs);
  }

  /** A part of the other end's sketch came in. @throws WireError */
  onSketch(body: Uint8Array): void {
    const part = readSketchPart(body);
    if (!this.#host.isTrusted()) return;
    const nowMs = this.#host.nowMs();
    let assembly = this.#assembly;
    if (assembly === undefined || !equalBytes(assembly.salt, part.salt)) {
      if (nowMs < this.#takenMs + MEETING_PAUSE_MS) return;
      this.#takenMs = nowMs;
      const salt = part.salt.slice();
      assembly = { salt, bytes: new Uint8Array(part.totalBytes), ranges: new RangeSet() };
      this.#assembly = assembly;
    }
    const end = part.offset + part.bytes.length;
    if (end > assembly.bytes.length || assembly.ranges.size > SKETCH_PEERS_MAX) return;
    if (isWhole(assembly)) return;
    assembly.bytes.set(part.bytes, part.offset);
    assembly.ranges.add(part.offset, end);
    if (isWhole(assembly)) this.#propose(assembly);
  }

  #propose({ salt, bytes }: Assembly): void {
    const { selfId, peerId } = this.#host;
    for (const { peer } of this.#paths.meetings(salt, bytes, MEETINGS_MAX)) {
      if (peer === selfId) {
        this.#say(salt, peer, NO_BYTES);
        continue;
      }
      this.#paths.echo(peer, (answer) => {
        if (answer === undefined) return;
        // A challenge along this way hands the other end its labels.
        if (peer === peerId) this.#host.onJoined(answer.there);
        else this.#say(salt, peer, answer.backLabels.slice());
        this.#host.onWork();
      });
    }
    this.#host.onWork();
  }

  #say(salt: Uint8Array, peer: PeerId, stack: Uint8Array): void {
    this.#outbox.push(encodeProposal({ salt, peer, stack }));
  }

  /** A proposal came in. @throws WireError */
  onProposal(body: Uint8Array): void {
    const { salt, peer, stack } = readProposal(body);
    const isAnswer = this.isOpen(this.#host.nowMs()) && equalBytes(salt, this.#salt);
    if (!isAnswer || peer === this.#host.selfId || this.#proposals >= MEETINGS_MAX) return;
    this.#proposals++;
    const copy = stack.slice();
    this.#paths.echo(peer, (answer) => {
      if (answer === undefined) return;
      const path = joinWays(answer, copy);
      if (path !== undefined) this.#host.onJoined(path);
      this.#host.onWork();
    });
  }
}

function isWhole({ bytes, ranges }: Assembly): boolean {
  return ranges.size === 1 && ranges.start(0) === 0 && ranges.end(0) === bytes.length;
}
