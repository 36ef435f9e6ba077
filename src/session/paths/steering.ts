import type { PeerId } from "../../identity/index.ts";
import type { Path } from "../../routing/index.ts";
import { PACKET_BYTES_MIN } from "../limits.ts";
import type { PathControl } from "../path-control.ts";
import type { SentPacket } from "../sent-packets.ts";
import type { Purpose } from "./challenges.ts";
import {
  DOUBT_WAYS,
  FAILED_MS,
  FOLLOW_MS,
  LATE_MS,
  SEEK_PAUSE_MS,
  SILENCE_EXTRA_MS,
  STANDBY_PROBE_MS,
  THRIFTY_WAYS,
  UNMEASURED_RTT_MS,
} from "./limits.ts";
import { makeMeeting } from "./make-meeting.ts";
import type { Meeting } from "./meeting.ts";
import { type InternalFrame, Outbox } from "./outbox.ts";
import { PATH_FRAME, readToken } from "./path-frames.ts";
import { PathSet } from "./path-set.ts";
import { Patience } from "./patience.ts";
import { challengeBytes, Prober } from "./prober.ts";
import { reportOn } from "./report.ts";
import { SecondWay } from "./second-way.ts";
import { type Seek, seekWays } from "./seek.ts";
import type { SessionPath } from "./session-path.ts";
import type { SteeringHost, SteeringStart } from "./steering-types.ts";
import { Traffic } from "./traffic.ts";
import { Upkeep } from "./upkeep.ts";
import { copyPath, type Way } from "./ways.ts";

const NEVER = Number.POSITIVE_INFINITY;
const LONG_AGO = Number.NEGATIVE_INFINITY;

/**
 * Chooses the path of a session's packets. The initiator leads, the responder mirrors the way on
 * which it last heard the newest authentic packet, if it can; either leaves a path that falls silent
 * under its own traffic.
 */
export class Steering {
  readonly host: SteeringHost;
  readonly set: PathSet;
  readonly patience: Patience = new Patience();
  readonly prober: Prober = new Prober();
  readonly traffic: Traffic = new Traffic();
  readonly meeting: Meeting | undefined;
  readonly outbox: Outbox = new Outbox();
  readonly #upkeep: Upkeep;
  /** Changes of path so far. */
  switches = 0;
  /** Whether the other end has shown that it knows explicit ways and the frames about them. */
  isExtended = false;
  seek: Seek | undefined;
  /** The path of the newest packet heard. */
  #heard: SessionPath;
  #newest = -1;
  #challenged: number | undefined;
  #answered: number | undefined;
  #guessMs: number;
  #isDoubting = false;
  #isUnsendable = false;
  #isLossy = false;
  /** Whether the path answers, yet loses so much that any other is welcome. */
  #isLeaving = false;
  #restMs = LONG_AGO;
  #lossRestMs = LONG_AGO;
  #searches = 0;
  /** The largest packet sent since an answer came. */
  #largestBytes = 0;
  #accused: { readonly path: SessionPath; readonly firstHop: PeerId | undefined } | undefined;
  readonly #second: SecondWay = new SecondWay();
  /** Until when a responder on another way is taken for one that has not heard of our change. */
  #followMs = LONG_AGO;

  /** @param control recovery's state for the ordinary way */
  constructor(host: SteeringHost, control: PathControl, start: SteeringStart = {}) {
    this.host = host;
    this.set = new PathSet(control);
    this.#guessMs = start.guessMs ?? UNMEASURED_RTT_MS;
    this.#heard = this.set.ordinary;
    this.#upkeep = new Upkeep(this);
    this.meeting = makeMeeting(this, this.outbox);
    if (host.paths === undefined || start.back === undefined) return;
    this.isExtended = true;
    const path = this.set.learn(start.back, host.packetBytesMax());
    if (path === undefined) return;
    path.heardMs = host.nowMs();
    if (start.prefersBack !== true) return;
    // A first message shows one direction only.
    if (host.isInitiator) path.onProven(host.nowMs());
    this.#heard = path;
    this.set.primary = path;
  }

  /** The path in use. */
  get path(): SessionPath {
    return this.set.primary;
  }

  /** Largest packet that the path in use takes, in bytes. */
  get packetBytes(): number {
    return Math.max(PACKET_BYTES_MIN, this.host.packetBytesMax() - this.path.headerBytes);
  }

  /** A packet with this internal frame is lost. */
  onInternalLost(frame: InternalFrame): void {
    if (this.outbox.onLost(frame)) this.host.onWork();
  }

  /** The way on which a packet should go as well, for a round trip after a change. */
  secondWay(sizeBytes: number, nowMs: number): Way | undefined {
    return this.#second.of(sizeBytes, this.path, nowMs);
  }

  /** A packet that asks for an acknowledgement has gone. */
  onSent({ number, path, sizeBytes }: SentPacket, nowMs: number): void {
    this.patience.onSent(number);
    this.#largestBytes = Math.max(this.#largestBytes, sizeBytes);
    if (this.host.paths === undefined) return;
    this.traffic.note(nowMs);
    path?.onSent(number, nowMs);
  }

  /** The path's first hop is gone. */
  onUnsendable(): void {
    if (this.host.nowMs() < this.#restMs) return;
    if (this.path.explicit !== undefined || this.set.explicitCount > 0) this.#isUnsendable = true;
  }

  onAcked({ number, sizeBytes, path = this.set.ordinary }: SentPacket): void {
    const { host } = this;
    if (host.paths === undefined) return;
    const nowMs = host.nowMs();
    path.onAcked(number, sizeBytes, nowMs);
    reportOn(host, path, nowMs);
    if (path === this.path) this.#calm();
  }

  onLost({ path = this.set.ordinary }: SentPacket): void {
    if (path !== this.path || this.host.paths === undefined) return;
    const nowMs = this.host.nowMs();
    if (path.onLost(nowMs) && nowMs >= this.#lossRestMs && this.isExtended) this.#isLossy = true;
  }

  /** A frame about paths came in. @throws WireError */
  onExtension(type: number, body: Uint8Array): void {
    if (this.host.paths === undefined) return;
    if (type === PATH_FRAME.challenge) this.#challenged = readToken(body);
    else if (type === PATH_FRAME.response) this.#answered = readToken(body);
    else if (type === PATH_FRAME.sketch) this.meeting?.onSketch(body);
    else if (type === PATH_FRAME.meeting) this.meeting?.onProposal(body);
  }

  /**
   * All frames of an authentic packet were read.
   * @param back the way back, where the packet brought one; lent
   */
  onPacket(number: number, back: Path | undefined, asksForAck: boolean, nowMs: number): void {
    const { host, set } = this;
    const [challenged, answered] = [this.#challenged, this.#answered];
    this.#challenged = undefined;
    this.#answered = undefined;
    if (host.paths === undefined) return;
    if (asksForAck) this.traffic.note(nowMs);
    if (back !== undefined) this.isExtended = true;
    if (challenged !== undefined) this.#onChallenge(challenged, back, nowMs);
    if (answered !== undefined) this.#onAnswer(answered, back, nowMs);
    if (number <= this.#newest) return;
    this.#newest = number;
    const path = set.learn(back, host.packetBytesMax());
    if (path === undefined) return;
    path.heardMs = nowMs;
    if (challenged !== undefined || answered !== undefined || path === this.#heard) return;
    if (host.isInitiator) this.#follow(path, nowMs);
    else if (path === set.ordinary && !host.hasOrdinaryWay()) this.#stay(nowMs);
    else this.#mirror(path, nowMs);
  }

  #mirror(path: SessionPath, nowMs: number): void {
    // A way that was silent when we sent by it is not tried again because the other end uses it.
    if (path !== this.path && path.failedUntilMs > nowMs) return;
    this.#heard = path;
    // A late answer by some other way that was looked for must not lead away from this one.
    if (path !== this.path) this.#endDoubt();
    this.switchTo(path, false);
  }

  /** The other end is heard on a way that we cannot answer by: does it still hear us on ours? */
  #stay(nowMs: number): void {
    if (nowMs < this.#followMs) return;
    this.#followMs = nowMs + FOLLOW_MS;
    this.host.ping();
  }

  /** The responder has left our way: perhaps it hears nothing of us on it. */
  #follow(path: SessionPath, nowMs: number): void {
    if (path === this.path) {
      this.#heard = path;
      return;
    }
    if (path.failedUntilMs > nowMs) return;
    if (!this.#isDoubting && nowMs < this.#followMs) return;
    this.#heard = path;
    if (this.#isDoubting) {
      this.switchTo(path, true);
      return;
    }
    this.#followMs = nowMs + FOLLOW_MS;
    this.#goTwice(path, nowMs);
    this.host.ping();
  }

  #onChallenge(token: number, back: Path | undefined, nowMs: number): void {
    this.prober.respond(token, back);
    this.host.onWork();
    const joins = this.host.isInitiator && this.meeting?.isOpen(nowMs) === true;
    if (back === undefined || !joins || this.set.find(back) !== undefined) return;
    this.challenge("meeting", { kind: "along", path: copyPath(back) });
  }

  #onAnswer(token: number, back: Path | undefined, nowMs: number): void {
    const challenge = this.prober.answered(token, nowMs);
    if (challenge === undefined) return;
    let { path } = challenge;
    if (path === undefined) {
      path = back && this.set.learn(back, this.host.packetBytesMax());
      if (path === undefined) return;
      path.waypoint ??= challenge.waypoint;
    }
    path.onMeasured(nowMs - challenge.sentMs, nowMs);
    if (challenge.purpose !== "doubt") this.#upkeep.onAnswer(challenge.purpose, path, nowMs);
    else if (!this.#isDoubting && !this.#isLeaving) this.#upkeep.consider(path);
    else if (path === this.path) this.#calm();
    else this.switchTo(path, true);
  }

  /** Asks for an answer by a way. */
  challenge(purpose: Purpose, way: Way, path?: SessionPath): void {
    const { host, prober } = this;
    const fillBytes = host.isThrifty
      ? 0
      : challengeBytes(purpose, this.packetBytes, this.#largestBytes);
    prober.challenge(purpose, way, { nowMs: host.nowMs(), path, fillBytes });
    host.onWork();
  }

  /** Packets go by this path from now on. @param hasFailed whether the old one let them down */
  switchTo(path: SessionPath, hasFailed: boolean): void {
    const { host, set } = this;
    const former = set.primary;
    if (path === former) return;
    const nowMs = host.nowMs();
    this.#guessMs = former.roundTripMs(this.#guessMs);
    set.primary = path;
    this.switches++;
    if (set.standby === path) set.standby = undefined;
    if (hasFailed) {
      this.#accused = { path: former, firstHop: this.firstHopOf(former) };
      this.patience.onFailed();
      former.onFailed(nowMs);
      former.renew(host.packetBytesMax());
      this.#upkeep.onFailed(former, nowMs);
    } else {
      former.forgive();
      if (set.standby === undefined) this.#upkeep.consider(former);
    }
    path.forgive();
    // A third of a second, as of a stranger far away, would leave whatever is lost on it for a second.
    path.control.roundTrip.expect(this.#guessMs);
    this.#isUnsendable = false;
    this.#isLossy = false;
    this.#isLeaving = false;
    this.#followMs = nowMs + FOLLOW_MS;
    if (hasFailed) this.#goTwice(former, nowMs);
    host.onSwitched(path, hasFailed);
  }

  #goTwice(path: SessionPath, nowMs: number): void {
    this.#second.open(path, nowMs + this.path.roundTripMs(this.#guessMs) + SILENCE_EXTRA_MS);
  }

  #endDoubt(): void {
    this.#isDoubting = false;
    if (this.seek?.purpose === "doubt" && !this.#isLeaving) this.seek = undefined;
  }

  /** The path in use answers. */
  #calm(): void {
    const { host } = this;
    this.#endDoubt();
    this.#searches = 0;
    if (!this.#isLeaving) this.#largestBytes = 0;
    const accused = this.#accused;
    if (accused === undefined) return;
    // Said only now: where nothing answers by any way, the other end is gone and nobody is to blame.
    this.#accused = undefined;
    const { path, firstHop } = accused;
    host.paths?.report(firstHop ?? host.peerId, false);
    if (path.waypoint !== undefined) host.paths?.report(path.waypoint, false);
  }

  /** A newer session with the same peer has found a way that works. */
  adopt(way: Path | undefined): void {
    const path = this.set.learn(way, this.host.packetBytesMax());
    if (path === undefined || this.host.paths === undefined) return;
    path.onProven(this.host.nowMs());
    this.switchTo(path, true);
  }

  /** Routing has other ways than before: the ordinary one is worth another try. */
  onNews(): void {
    this.set.ordinary.failedUntilMs = LONG_AGO;
    if (!this.#isDoubting) return;
    this.#restMs = LONG_AGO;
    this.host.onWork();
  }

  /** First hop of a path. */
  firstHopOf(path: SessionPath): PeerId | undefined {
    return path.explicit?.firstHop ?? this.host.ordinaryFirstHop();
  }

  /** Looks for other ways, one after the other. */
  search(purpose: Purpose, waysMax: number): void {
    const most = this.host.isThrifty ? THRIFTY_WAYS : waysMax;
    this.seek = seekWays(this, purpose, most);
  }

  /** When `wake` is due. */
  deadlineMs(): number {
    if (this.host.paths === undefined) return NEVER;
    // A fixed time: one that moves with the clock would be chased for ever by who sorts deadlines.
    if (this.#isUnsendable || this.#isLossy) return 0;
    return Math.min(
      this.#silentAtMs(),
      this.seek?.nextMs ?? NEVER,
      this.prober.deadlineMs(),
      this.#upkeep.deadlineMs(),
    );
  }

  wake(nowMs: number): void {
    if (this.host.paths === undefined) return;
    for (const { purpose } of this.prober.expired(nowMs)) this.#upkeep.onMissed(purpose, nowMs);
    const silentAtMs = this.#silentAtMs();
    if (this.#isUnsendable) this.#onSilence(nowMs);
    else if (this.#isLossy) this.#onLossy(nowMs);
    else if (nowMs - silentAtMs > LATE_MS) this.#restMs = nowMs + SILENCE_EXTRA_MS / 2;
    else if (silentAtMs <= nowMs) this.#onSilence(nowMs);
    this.#seekOn(nowMs);
    this.#upkeep.wake(nowMs);
  }

  #silentAtMs(): number {
    return Math.max(this.path.silentAtMs(this.#guessMs, this.patience.factor), this.#restMs);
  }

  #onSilence(nowMs: number): void {
    const { set } = this;
    this.#isDoubting = true;
    this.#isUnsendable = false;
    const successor = set.successor(nowMs, this.host.hasOrdinaryWay());
    if (successor !== undefined) this.switchTo(successor, true);
    const provenMs = successor?.provenMs ?? LONG_AGO;
    if (nowMs - provenMs <= 2 * STANDBY_PROBE_MS) return;
    if (successor === undefined) {
      const pauseMs = DOUBT_WAYS * SEEK_PAUSE_MS * 2 ** Math.min(this.#searches, 4);
      this.#restMs = nowMs + pauseMs;
      if (this.seek?.purpose !== "doubt") this.#searches++;
    }
    if (!this.isExtended || this.seek?.purpose === "doubt") return;
    this.search("doubt", Math.max(THRIFTY_WAYS, DOUBT_WAYS >> Math.max(0, this.#searches - 1)));
  }

  #onLossy(nowMs: number): void {
    this.#isLossy = false;
    this.#lossRestMs = nowMs + FAILED_MS;
    const { standby } = this.set;
    if (standby !== undefined && standby.failedUntilMs <= nowMs) this.switchTo(standby, true);
    else if (this.seek?.purpose !== "doubt") {
      this.#isLeaving = true;
      this.search("doubt", DOUBT_WAYS);
    }
  }

  #seekOn(nowMs: number): void {
    const { seek } = this;
    if (seek === undefined || seek.nextMs > nowMs) return;
    const way = seek.next(nowMs);
    if (way !== undefined) {
      this.challenge(seek.purpose, way);
      return;
    }
    this.seek = undefined;
    this.#isLeaving = false;
    this.#upkeep.onSought(seek, nowMs);
  }
}
