import { fromHex, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { FrameSplitter } from "../../feed/index.ts";
import type { Stream, StreamEvents } from "../../session/index.ts";
import { DevicesError } from "../errors.ts";
import {
  EXCHANGE_FRAME_BYTES_MAX,
  HEADS_TOLD_MAX,
  LOG_OPS_MAX,
  OPS_PER_FRAME_MAX,
} from "../limits.ts";
import type { DeviceLog } from "../log/log.ts";
import { decodeFrame, type ExchangeFrame, encodeFrame, type Whose } from "./protocol.ts";

/** The two logs that an exchange is about; one and the same between devices of one person. */
export interface TalkLogs {
  readonly mine: DeviceLog;
  readonly yours: DeviceLog | undefined;
}

/** What the other side told. */
export interface Heard {
  readonly mine: readonly Uint8Array[];
  readonly yours: readonly Uint8Array[];
}

/**
 * One exchange on one stream: both sides say what they have, send what the other lacks, and end.
 * Both run the same code.
 */
export class Talk implements StreamEvents {
  /** Monotonic time at which the exchange is given up. */
  readonly deadlineMs: number;
  readonly #logs: () => TalkLogs;
  readonly #done: (heard: Heard | undefined) => void;
  readonly #splitter = new FrameSplitter(EXCHANGE_FRAME_BYTES_MAX);
  readonly #heard: { readonly mine: Uint8Array[]; readonly yours: Uint8Array[] } = {
    mine: [],
    yours: [],
  };
  #stream: Stream | undefined;
  #answered = false;
  #over = false;

  /** @param done called once: with what was told, or undefined where the exchange was cut short */
  constructor(deadlineMs: number, logs: () => TalkLogs, done: (heard: Heard | undefined) => void) {
    this.deadlineMs = deadlineMs;
    this.#logs = logs;
    this.#done = done;
  }

  /** Says what we have. */
  begin(stream: Stream): void {
    this.#stream = stream;
    const { mine, yours } = this.#logs();
    this.#send({ t: "hello", m: headsOf(mine), y: yours === undefined ? [] : headsOf(yours) });
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#over) return;
    const take = (content: Uint8Array): void => this.#take(decodeFrame(content));
    this.#splitter.read(bytes, take, () => this.drop());
  }

  onEnd(): void {
    this.drop();
  }

  onDrain(): void {}

  onClose(): void {
    this.#finish(undefined);
  }

  /** Gives the exchange up. */
  drop(): void {
    if (this.#over) return;
    this.#finish(undefined);
    this.#stream?.reset();
  }

  #take(frame: ExchangeFrame): void {
    if (this.#over) return;
    if (frame.t === "hello") this.#answer(frame.m.map(toHex), frame.y.map(toHex));
    else if (frame.t === "ops") this.#hear(frame.p, frame.l);
    else {
      if (!this.#answered) throw new DevicesError("protocol", "An exchange ended unbegun.");
      this.#finish(this.#heard);
      this.#stream?.end();
    }
  }

  /** The other side's log is ours in its copy, and the other way round. */
  #answer(theirs: readonly string[], ours: readonly string[]): void {
    if (this.#answered) throw new DevicesError("protocol", "An exchange began twice.");
    this.#answered = true;
    const { mine, yours } = this.#logs();
    if (yours === undefined) this.#tell("mine", mine, theirs);
    else {
      this.#tell("mine", mine, ours);
      this.#tell("yours", yours, theirs);
    }
    this.#send({ t: "end" });
  }

  #tell(whose: Whose, log: DeviceLog, known: readonly string[]): void {
    const ops = log.since(known).map(({ bytes }) => bytes);
    for (let at = 0; at < ops.length; at += OPS_PER_FRAME_MAX) {
      this.#send({ t: "ops", p: whose, l: ops.slice(at, at + OPS_PER_FRAME_MAX) });
    }
  }

  /** What the other side calls its own is yours here. */
  #hear(whose: Whose, ops: readonly Uint8Array[]): void {
    const list = whose === "mine" ? this.#heard.yours : this.#heard.mine;
    list.push(...ops);
    if (list.length > LOG_OPS_MAX) throw new DevicesError("protocol", "Too much is told at once.");
  }

  #send(frame: ExchangeFrame): void {
    this.#stream?.write(encodeFrame(frame));
  }

  #finish(heard: Heard | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(heard);
  }
}

function headsOf(log: DeviceLog): readonly Uint8Array[] {
  const { heads } = log;
  if (heads.length > HEADS_TOLD_MAX) return [];
  return heads.map((id) => must(fromHex(id), "ids are hexadecimal"));
}
