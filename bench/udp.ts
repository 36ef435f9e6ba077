import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createUdpTransport } from "../src/adapters/node/udp.ts";
import { type BenchRow, benchRow, median } from "./row.ts";

const ROUNDS = 7;
const FRAMES = 40_000;
const FRAME_BYTES = 1_200;
/** Frames that may be under way: as many as a receive buffer of the usual size holds. */
const WINDOW = 96;
const ANSWER_EVERY = 32;
/** How long nothing may come before what is under way counts as lost, in milliseconds. */
const LOST_MS = 50;
const ROLE = "PEERNET_BENCH_UDP";

/** What one process says of one round. */
interface Report {
  readonly port?: number;
  readonly frames?: number;
  readonly cpuUs?: number;
  readonly wallMs?: number;
}

/** What the other is told: where to send, or that a round ends. */
interface Order {
  readonly to: string;
}

/** Answers every so many frames, so that no more are under way than the buffers hold. */
async function receive(): Promise<void> {
  let frames = 0;
  const transport = await createUdpTransport({
    discovery: false,
    onWarning: () => undefined,
    events: {
      ...{ onOpened() {}, onClosed() {}, onUnreachable() {} },
      onFrame(from) {
        frames += 1;
        if (frames % ANSWER_EVERY === 0) transport.send(from, Uint8Array.of(1));
      },
    },
  });
  let usage = process.cpuUsage();
  process.on("message", ({ to }: Order) => {
    if (to !== "") {
      transport.watch?.(to, true);
      frames = 0;
      usage = process.cpuUsage();
      process.send?.({});
      return;
    }
    const { user, system } = process.cpuUsage(usage);
    process.send?.({ frames, cpuUs: user + system });
  });
  process.send?.({ port: transport.ports.ipv4 });
}

/** Keeps the window full: as a link does, with whatever arrived in one turn. */
async function send(): Promise<void> {
  const frame = new Uint8Array(FRAME_BYTES).fill(5);
  let to = "";
  let credit = WINDOW;
  let sent = 0;
  let heardMs = 0;
  let isDue = false;
  let finish: () => void = () => undefined;
  const pump = (): void => {
    isDue = false;
    for (; credit > 0 && sent < FRAMES; credit--, sent++) transport.send(to, frame);
    if (sent === FRAMES && credit >= WINDOW - ANSWER_EVERY) finish();
  };
  const transport = await createUdpTransport({
    discovery: false,
    onWarning: () => undefined,
    events: {
      ...{ onOpened() {}, onClosed() {}, onUnreachable() {} },
      onFrame() {
        credit += ANSWER_EVERY;
        heardMs = performance.now();
        if (isDue) return;
        isDue = true;
        setImmediate(pump);
      },
    },
  });
  process.on("message", (order: Order) => {
    to = order.to;
    transport.watch?.(to, true);
    [credit, sent, heardMs] = [WINDOW, 0, performance.now()];
    const usage = process.cpuUsage();
    const startMs = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - heardMs < LOST_MS) return;
      credit = WINDOW;
      pump();
    }, LOST_MS);
    finish = () => {
      finish = () => undefined;
      clearInterval(timer);
      const { user, system } = process.cpuUsage(usage);
      const wallMs = performance.now() - startMs;
      process.send?.({ frames: sent, cpuUs: user + system, wallMs });
    };
    pump();
  });
  process.send?.({ port: transport.ports.ipv4 });
}

function next(child: ChildProcess): Promise<Report> {
  return new Promise((resolve) => child.once("message", (report) => resolve(report as Report)));
}

/** Two processes that send and receive in the same way. */
class Pair {
  readonly #sender: ChildProcess;
  readonly #receiver: ChildProcess;
  #senderAt = "";
  #receiverAt = "";

  constructor(ffi: "on" | "off") {
    const start = (role: string): ChildProcess =>
      fork(fileURLToPath(import.meta.url), [], {
        env: { ...process.env, PEERNET_FFI: ffi, [ROLE]: role },
      });
    this.#sender = start("send");
    this.#receiver = start("receive");
  }

  async start(): Promise<void> {
    const reports = await Promise.all([next(this.#sender), next(this.#receiver)]);
    const [sender, receiver] = reports.map(({ port }) => `udp://127.0.0.1:${port}`);
    this.#senderAt = sender ?? "";
    this.#receiverAt = receiver ?? "";
  }

  /** Frames that arrived per second, and CPU microseconds of either side for each. */
  async round(): Promise<{ rate: number; send: number; receive: number }> {
    this.#receiver.send({ to: this.#senderAt });
    await next(this.#receiver);
    this.#sender.send({ to: this.#receiverAt });
    const sent = await next(this.#sender);
    this.#receiver.send({ to: "" });
    const { frames = 0, cpuUs = 0 } = await next(this.#receiver);
    const rate = frames / ((sent.wallMs ?? Number.NaN) / 1_000);
    return { rate, send: (sent.cpuUs ?? Number.NaN) / frames, receive: cpuUs / frames };
  }

  stop(): void {
    this.#sender.kill();
    this.#receiver.kill();
  }
}

/**
 * Frames of 1,200 bytes between two processes over loopback by the UDP transport, with and
 * without FFI in turn: how many arrive per second, and what one costs on either side.
 */
export async function run(): Promise<BenchRow[]> {
  const pairs = [new Pair("on"), new Pair("off")] as const;
  try {
    for (const pair of pairs) await pair.start();
    const results: [Awaited<ReturnType<Pair["round"]>>[], Awaited<ReturnType<Pair["round"]>>[]] = [
      [],
      [],
    ];
    // The first round warms up and is not counted.
    for (let round = -1; round < ROUNDS; round++) {
      for (const [i, pair] of pairs.entries()) {
        const result = await pair.round();
        if (round >= 0) results[i]?.push(result);
      }
    }
    return rows(results);
  } finally {
    for (const pair of pairs) pair.stop();
  }
}

function rows([ours, theirs]: readonly [
  readonly { rate: number; send: number; receive: number }[],
  readonly { rate: number; send: number; receive: number }[],
]): BenchRow[] {
  const note = "PEERNET_FFI=off, rounds in turn";
  const row = (key: "rate" | "send" | "receive", id: string, unit: string): BenchRow =>
    benchRow(id, median(ours.map((one) => one[key])), unit, [
      { name: "without FFI", value: median(theirs.map((one) => one[key])), note },
    ]);
  const ratio = (key: "send" | "receive", id: string): BenchRow =>
    benchRow(
      id,
      median(ours.map((one, i) => (theirs[i]?.[key] ?? Number.NaN) / one[key])),
      "times",
    );
  return [
    row("rate", "udp.frames.1200.per-second", "frames/s"),
    row("send", "udp.send.1200.us", "us"),
    row("receive", "udp.receive.1200.us", "us"),
    ratio("send", "udp.send.1200.gain"),
    ratio("receive", "udp.receive.1200.gain"),
  ];
}

const role = process.env[ROLE];
if (role === "send") await send();
if (role === "receive") await receive();
