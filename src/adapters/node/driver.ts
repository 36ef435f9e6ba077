import type { Timed } from "../../ports/index.ts";

/** Longest sleep of the driver; also bounds what a suspended machine can sleep through. */
const SLEEP_MS_MAX = 1_000;

/** After packets that brought nothing else, all deadlines are looked at so much later. */
const LOOK_MS = 1;

/** Where turns follow each other, all deadlines are looked at so rarely: with many rooms that costs more than the packets. A call sends each 20 ms. */
const LOOKS_APART_MS = 16;

/** What a driver drives. */
export interface DriverTarget extends Timed {
  /**
   * Does what the packets of a turn made due. Answers when the next thing of that kind is due, in monotonic
   * milliseconds: everything else needs looking at within some milliseconds only. A time that is past: everything
   * is to be looked at now. Without it all deadlines are looked at after each turn.
   */
  packetsTaken?(): number;
}

/**
 * Turns virtual deadlines into real timers: after whatever happened to the peer, `poke` makes
 * sure that `tick` runs when the next deadline is due. Many pokes of one turn cost one timer.
 */
export class Driver {
  readonly #target: DriverTarget;
  readonly #nowMs: () => number;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #wakesAtMs = 0;
  /** When all deadlines have to be looked at, because one of them is due or as packets may have changed them. */
  #lookAtMs: number = Number.POSITIVE_INFINITY;
  #lookedAtMs: number = Number.NEGATIVE_INFINITY;
  /** Called after every tick and every turn, whether something was due or not. */
  onTicked: () => void = () => undefined;
  #immediate: NodeJS.Immediate | undefined;
  #isPoked = false;
  #isInTurn = false;
  #stopped = false;
  readonly #onImmediate = (): void => {
    this.#immediate = undefined;
    this.#arm();
  };
  readonly #onTimer = (): void => {
    this.#timer = undefined;
    if (this.#nowMs() < this.#lookAtMs) this.#packets(false);
    else this.#arm();
  };

  /**
   * @param target what to tick
   * @param nowMs the same monotonic clock that the target uses
   * @param onError receives what a tick threw: a defect of ours, the process should end
   */
  constructor(target: DriverTarget, nowMs: () => number, onError: (error: unknown) => void) {
    this.#target = target;
    this.#nowMs = nowMs;
    this.#onError = onError;
  }

  /** Something happened: look at the deadline again at the end of this turn. */
  poke(): void {
    this.#isPoked = true;
    this.packetCame();
  }

  /** A packet came: the same, unless `turn` is called after it. */
  packetCame(): void {
    if (this.#stopped || this.#isInTurn || this.#immediate !== undefined) return;
    this.#immediate = setImmediate(this.#onImmediate);
  }

  /** `turn` will be called before anything else happens. */
  turnBegins(): void {
    this.#isInTurn = true;
  }

  /** The same at once: for what brings many packets and has just told the last one of a turn. */
  turn(): void {
    this.#isInTurn = false;
    if (this.#stopped) return;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#packets(true);
  }

  /** Answers leave before anything else is looked at. */
  #packets(areNew: boolean): void {
    const nextMs = this.#tookPackets();
    const nowMs = this.#nowMs();
    if (areNew) {
      const soonMs = Math.max(nowMs + LOOK_MS, this.#lookedAtMs + LOOKS_APART_MS);
      this.#lookAtMs = Math.min(this.#lookAtMs, soonMs);
    }
    const waitMs = Math.min(nextMs, this.#lookAtMs) - nowMs;
    if (waitMs <= 0 || this.#isPoked) this.#arm();
    else this.#sleep(waitMs, nowMs);
  }

  #tookPackets(): number {
    const target = this.#target;
    if (target.packetsTaken === undefined) return Number.NEGATIVE_INFINITY;
    try {
      const nextMs = target.packetsTaken();
      this.onTicked();
      return nextMs;
    } catch (error) {
      this.#onError(error);
      return Number.POSITIVE_INFINITY;
    }
  }

  /** No more ticks. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
  }

  /** What is due runs at once: a timer would add a millisecond to every answer. */
  #arm(): void {
    this.#isPoked = false;
    let waitMs = this.#waitMs();
    if (waitMs <= 0) {
      this.#tick();
      waitMs = this.#waitMs();
    } else this.#tell();
    this.#lookedAtMs = this.#nowMs();
    this.#lookAtMs = this.#lookedAtMs + Math.min(waitMs, SLEEP_MS_MAX);
    // Sockets have their turn before what became due by this tick.
    if (waitMs <= 0) this.poke();
    else this.#sleep(waitMs, this.#lookedAtMs);
  }

  #waitMs(): number {
    return this.#target.nextDeadlineMs() - this.#nowMs();
  }

  /** A timer that comes too early only looks again, which costs less than moving it each turn. */
  #sleep(waitMs: number, nowMs: number): void {
    if (this.#stopped) return;
    const sleepMs = Math.min(SLEEP_MS_MAX, Math.ceil(waitMs));
    const untilMs = nowMs + sleepMs;
    if (this.#timer !== undefined && this.#wakesAtMs <= untilMs) return;
    clearTimeout(this.#timer);
    this.#wakesAtMs = untilMs;
    this.#timer = setTimeout(this.#onTimer, sleepMs);
  }

  #tick(): void {
    try {
      this.#target.tick();
      this.onTicked();
    } catch (error) {
      this.#onError(error);
    }
  }

  #tell(): void {
    try {
      this.onTicked();
    } catch (error) {
      this.#onError(error);
    }
  }
}
