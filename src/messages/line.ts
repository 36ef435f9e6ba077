import { FrameSplitter } from "../feed/index.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { Random } from "../ports/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import type { Desk } from "./desk.ts";
import { MessagesError } from "./errors.ts";
import { FramesUnderWay } from "./frames-under-way.ts";
import { HybridAsking, type HybridAskingContext } from "./hybrid/asking.ts";
import {
  ALL_FRAMES_IN_FLIGHT_MAX,
  ANSWER_TIMEOUT_MS,
  FRAMES_IN_FLIGHT_MAX,
  IDLE_TIMEOUT_MS,
  POST_FRAME_BYTES_MAX,
  UNACKNOWLEDGED_MAX,
} from "./limits.ts";
import type { Entry } from "./outbox.ts";
import { type Brought, type PacketPort, PacketWay } from "./packet-way.ts";
import {
  decodeFrame,
  encodeFrame,
  POST_SERVICE,
  type PostFrame,
  type StopReason,
} from "./protocol.ts";
import { RetryPause } from "./retry-pause.ts";
import { nextLetter } from "./sending-order.ts";

/** What lines are made of. */
export interface LineContext extends HybridAskingContext {
  readonly random: Random;
  readonly desk: Desk;
  readonly packets?: PacketPort | undefined;
}

/** The author's end towards one device: opens streams, sends what waits, hears what has arrived. */
export class Line {
  readonly device: PeerId;
  readonly #personId: PersonId;
  readonly #context: LineContext;
  readonly #pause: RetryPause;
  readonly #packets: PacketWay;
  readonly #hybrid: HybridAsking;
  #reachable = false;
  #stream: Stream | undefined;
  /** Whether the device has said what it has: before that nothing is sent. */
  #isOpen = false;
  /** Frames that the device lets be under way to it. */
  #framesMax = FRAMES_IN_FLIGHT_MAX;
  #isBlocked = false;
  /** Whether the device has no room now: nothing is sent until the next try. */
  #isHeld = false;
  #isFull = false;
  #isReading = false;
  /** Frames of each channel that the device had when it was last asked to acknowledge in it. */
  #pleaded = new Map<string, number>();
  /** What the device must have, as of the beginning of this stream. */
  #expected: ReadonlyMap<string, number> = new Map();
  /** Places of entries that went out on this stream. */
  #sent = new Set<number>();
  #movingBytes = 0;
  #silentAtMs = Number.POSITIVE_INFINITY;

  constructor(context: LineContext, device: PeerId, personId: PersonId) {
    this.#context = context;
    this.device = device;
    this.#personId = personId;
    this.#pause = new RetryPause(context.clock, context.random);
    this.#packets = new PacketWay(context, device);
    // What waits is sealed now, whether the link holds or not; that pokes this line.
    const goOn = (): void => context.desk.sealWaiting(device);
    this.#hybrid = new HybridAsking(context, device, personId, goOn);
  }

  /** Monotonic time at which `tick` has something to do. */
  get deadlineMs(): number {
    if (!this.#reachable) return Number.POSITIVE_INFINITY;
    const streamMs = Math.min(this.#pause.endsAtMs, this.#silentAtMs, this.#hybrid.deadlineMs);
    return this.#stream === undefined ? Math.min(streamMs, this.#packets.deadlineMs) : streamMs;
  }

  /** Whether the device said that it has no room now. */
  get isHeld(): boolean {
    return this.#isFull;
  }

  setReachable(reachable: boolean): void {
    const before = this.#reachable;
    this.#reachable = reachable;
    if (!reachable) {
      this.#dropStream();
      this.#hybrid.drop();
    } else if (before) this.#answers();
    else this.hurry();
  }

  /** Heard again: waits that its silence began are over; a device that refuses or said 'stop' has its pause. */
  #answers(): void {
    if (this.#stream !== undefined || this.#isHeld || !this.#pause.isOfSilence) return;
    this.#pause.end();
    this.poke();
  }

  /** Something changed that makes a new try worthwhile: forget waits. */
  hurry(): void {
    this.#pause.worked();
    this.#hybrid.forgive();
    this.#pause.end();
    this.#isHeld = false;
    this.poke();
  }

  /** Whether frames for the device had better be small. */
  get isThrifty(): boolean {
    return this.#packets.isHabit;
  }

  /** A packet of the device opened. */
  heardPacket(brought: Brought): void {
    this.#packets.heard(brought);
    this.poke();
  }

  /** A packet of the device came again. */
  heardPacketAgain(): void {
    if (this.#reachable) this.#packets.heardAgain();
  }

  /** Sends by packets, or opens a stream where something is to be done; sends what may be sent. */
  poke(): void {
    if (!this.#reachable) return;
    const isDone = this.#isOpen && !this.#owesAnswer();
    if (isDone && this.#packets.isOfUse) this.#leaveStream();
    if (this.#stream === undefined) {
      if (this.#packets.isOfUse) this.#packets.pump();
      if (this.#packets.isOfUse) return;
      const isDue = this.#pause.endsAtMs === Number.POSITIVE_INFINITY && this.#hasWork();
      // A better channel is begun before anything leaves in one that is not.
      if (isDue && !this.#hybrid.ask() && this.#hasWork()) this.#open();
      return;
    }
    this.#pump();
  }

  tick(): void {
    const nowMs = this.#context.clock.monotonicMs();
    this.#hybrid.tick();
    if (nowMs >= this.#silentAtMs) this.#endSilence();
    if (this.#stream === undefined && nowMs >= this.#packets.deadlineMs) this.poke();
    if (nowMs < this.#pause.endsAtMs) return;
    this.#pause.end();
    this.#isHeld = false;
    this.poke();
  }

  #hasWork(): boolean {
    const { desk } = this.#context;
    const isAsked = desk.entries(this.device).length > 0 || desk.needsNote(this.device);
    return isAsked || this.#hybrid.isWanted;
  }

  #open(): void {
    const { desk, sessions } = this.#context;
    const splitter = new FrameSplitter(POST_FRAME_BYTES_MAX);
    let mine: Stream | undefined;
    let isOver = false;
    const isCurrent = (): boolean => mine !== undefined && this.#stream === mine;
    const giveUp = (isSilent: boolean): void => {
      if (!isCurrent()) return;
      // They may not know yet that we are contacts, and have refused a prekey for that.
      if (!this.#isOpen) this.#hybrid.forgive();
      this.#dropStream();
      if (isSilent && !this.#isHeld) this.#pause.beginOfSilence();
      else this.#pause.begin();
    };
    const events: StreamEvents = {
      onData: (bytes) => {
        mine?.consume(bytes.length);
        this.#receive(splitter, bytes, isCurrent);
      },
      onEnd: () => giveUp(false),
      onDrain: () => {
        if (!isCurrent()) return;
        this.#isBlocked = false;
        this.#pump();
      },
      onClose: (reason) => {
        isOver = true;
        giveUp(reason === "session-lost");
      },
    };
    mine = sessions.openStream(this.device, POST_SERVICE, events);
    if (mine === undefined || isOver) {
      this.#pause.begin();
      return;
    }
    this.#stream = mine;
    this.#expected = desk.expectedCounts(this.device);
    this.#send({ t: "hello", note: desk.note() });
  }

  #receive(splitter: FrameSplitter, bytes: Uint8Array, isCurrent: () => boolean): void {
    if (!isCurrent()) return;
    const take = (content: Uint8Array): void => {
      if (isCurrent()) this.#take(decodeFrame(content), isCurrent);
    };
    splitter.read(bytes, take, ({ code }) => {
      this.#context.log.warn("post reader misbehaves", { peer: this.device, code });
      this.#dropStream();
      this.#pause.begin();
    });
    if (isCurrent()) this.#watch();
  }

  #take(frame: PostFrame, isCurrent: () => boolean): void {
    const { desk } = this.#context;
    const { device } = this;
    const goOn = (error: MessagesError | null): void => {
      if (!isCurrent()) return;
      if (error === null) this.#pump();
      else this.#hold();
    };
    if (frame.t === "have") {
      this.#framesMax = Math.min(frame.framesMax, ALL_FRAMES_IN_FLIGHT_MAX);
      const teller = { device, personId: this.#personId, isProven: false };
      desk.takeNote(teller, frame.note, (noteError) => {
        if (noteError !== null) goOn(noteError);
        else {
          desk.takeHave(device, frame.channels, this.#expected, (error) => {
            this.#isOpen = this.#isOpen || (error === null && isCurrent());
            if (!this.#isOpen || !this.#hybrid.askOnceMore()) goOn(error);
          });
        }
      });
    } else if (frame.t === "ack") {
      this.#pause.worked();
      this.#isFull = false;
      desk.takeAck(device, frame.channel, goOn);
    } else if (frame.t === "stop") this.#takeStop(frame.reason);
    else throw new MessagesError("protocol", `A reader does not send '${frame.t}'.`);
  }

  #takeStop(reason: StopReason): void {
    const channels = new Set<string>();
    for (const { place, sealed } of this.#context.desk.entries(this.device)) {
      if (sealed !== undefined && this.#sent.has(place)) channels.add(sealed.channelId);
    }
    // The next try comes after a wait: two sides that never agree must not begin channels without end.
    this.#hold();
    this.#isFull = reason === "busy";
    if (reason !== "unreadable") return;
    this.#hybrid.putOff();
    this.#context.desk.takeUnreadable(this.device, [...channels]);
  }

  #pump(): void {
    if (!this.#isOpen || this.#isBlocked || this.#isHeld || this.#isReading) return;
    if (this.#hybrid.isAsking) return;
    for (;;) {
      const entry = this.#nextToSend();
      if (entry === undefined || this.#isBlocked) break;
      this.#sent.add(entry.place);
      if (!this.#sendEntry(entry)) return;
    }
    this.#plead();
  }

  /** False: the frame is being read, and sending goes on once it is here. */
  #sendEntry(entry: Entry): boolean {
    const stream = this.#stream;
    let isHere = true;
    this.#isReading = true;
    this.#context.desk.frameOf(entry, (frame) => {
      this.#isReading = false;
      const isCurrent = this.#stream === stream && stream !== undefined;
      if (isCurrent && frame !== undefined) this.#send({ t: "frame", frame });
      if (!isHere) this.poke();
    });
    isHere = false;
    return !this.#isReading;
  }

  /**
   * The next sealed entry that has not gone out on this stream, while few enough are under way.
   * Acknowledgements go first: they lie behind the letters that wait, but were sealed before them,
   * and the device tells how far it is only without gaps.
   */
  #nextToSend(): Entry | undefined {
    const { desk } = this.#context;
    const underWay = new FramesUnderWay(this.#framesMax);
    let acknowledgement: Entry | undefined;
    for (const entry of desk.acknowledgements(this.device)) {
      if (this.#sent.has(entry.place)) underWay.add(entry.frameBytes);
      else if (desk.isSealed(entry)) acknowledgement ??= entry;
    }
    const state = {
      isSent: ({ place }: Entry) => this.#sent.has(place),
      isSealed: (entry: Entry) => desk.isSealed(entry),
    };
    const waiting = desk.entries(this.device);
    if (acknowledgement === undefined) {
      return nextLetter(waiting, state, underWay);
    }
    for (const { number, place, frameBytes } of waiting) {
      if (number > 0 && this.#sent.has(place)) underWay.add(frameBytes);
    }
    return underWay.hasRoomFor(acknowledgement.frameBytes) ? acknowledgement : undefined;
  }

  /**
   * Asks for an acknowledgement inside the channel before its window is full: the device has many
   * frames, and the channel does not know it.
   */
  #plead(): void {
    const { desk } = this.#context;
    const channels = desk.pair(this.device)?.channels ?? [];
    // It has no more of a channel than was sealed, which is looked at for every frame.
    const isNear = channels.some(({ id, sealedCount, acknowledgedCount }) => {
      const known = Math.max(acknowledgedCount, this.#pleaded.get(id) ?? 0);
      return sealedCount - known >= UNACKNOWLEDGED_MAX;
    });
    if (!isNear) return;
    const counts = desk.expectedCounts(this.device);
    for (const { id, acknowledgedCount } of channels) {
      const count = counts.get(id) ?? 0;
      const known = Math.max(acknowledgedCount, this.#pleaded.get(id) ?? 0);
      if (count - known < UNACKNOWLEDGED_MAX) continue;
      this.#pleaded.set(id, count);
      this.#send({ t: "please" });
    }
  }

  /** Nothing came for a while: fine without work or while bytes still move, else start over. */
  #endSilence(): void {
    const stream = this.#stream;
    const movingBytes = stream?.unacknowledgedBytes ?? 0;
    if (!this.#owesAnswer()) {
      this.#leaveStream();
      // What could not be sealed meanwhile is looked at again, whoever forgot to say that it can be.
      if (this.#context.desk.entries(this.device).length > 0) this.#pause.begin();
    } else if (movingBytes !== this.#movingBytes) {
      this.#movingBytes = movingBytes;
      this.#watch();
    } else {
      this.#context.log.info("post reader silent", { peer: this.device });
      this.#dropStream();
      this.#pause.beginOfSilence();
    }
  }

  #owesAnswer(): boolean {
    if (this.#stream === undefined) return false;
    if (!this.#isOpen) return true;
    return this.#context.desk.entries(this.device).some(({ place }) => this.#sent.has(place));
  }

  #send(frame: PostFrame): void {
    if (this.#stream === undefined) return;
    if (!this.#stream.write(encodeFrame(frame))) this.#isBlocked = true;
    this.#watch();
  }

  /** Nothing goes out for now; what was under way is sent again at the next try. */
  #hold(): void {
    this.#isHeld = true;
    this.#sent.clear();
    this.#pause.begin();
  }

  /** Starts the wait for an answer, or for work where no answer is owed. */
  #watch(): void {
    const waitMs = this.#owesAnswer() ? ANSWER_TIMEOUT_MS : IDLE_TIMEOUT_MS;
    this.#silentAtMs = this.#context.clock.monotonicMs() + waitMs;
  }

  /** All that went out is acknowledged. */
  #leaveStream(): void {
    const stream = this.#stream;
    this.#forgetStream();
    stream?.end();
    this.#packets.settled();
  }

  #dropStream(): void {
    const stream = this.#stream;
    this.#forgetStream();
    stream?.reset();
  }

  #forgetStream(): void {
    this.#stream = undefined;
    this.#isOpen = false;
    this.#isBlocked = false;
    this.#pleaded.clear();
    this.#sent.clear();
    this.#silentAtMs = Number.POSITIVE_INFINITY;
  }
}
