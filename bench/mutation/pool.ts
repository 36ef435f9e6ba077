import { type ChildProcess, fork } from "node:child_process";
import type { Answer, Job } from "./worker.ts";

/** A job and who waits for its answer. */
interface Entry {
  readonly job: Job;
  /** Null where the process ended without an answer. */
  readonly done: (answer: Answer | null) => void;
}

/** Some worker processes that take jobs from one queue. Each dead one is replaced. */
export class Pool {
  readonly #script: string;
  readonly #queue: Entry[] = [];
  readonly #idle: ChildProcess[] = [];
  readonly #current = new Map<ChildProcess, Entry>();
  readonly #all = new Set<ChildProcess>();
  #isClosed = false;

  constructor(script: string, size: number) {
    this.#script = script;
    for (let i = 0; i < size; i++) this.#start();
  }

  /** The answer; null where the job ended its process (out of memory, say). */
  ask(job: Job): Promise<Answer | null> {
    return new Promise((done) => {
      this.#queue.push({ job, done });
      this.#next();
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const child of this.#all) child.kill("SIGKILL");
  }

  #start(): void {
    // Progress of vite and vitest is of no interest; what went wrong is.
    const child = fork(this.#script, ["mutation-worker"], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#all.add(child);
    child.on("message", (answer: Answer) => this.#hear(child, answer));
    child.on("exit", () => this.#bury(child));
  }

  #hear(child: ChildProcess, answer: Answer): void {
    const isLeaving = answer.kind === "verdict" && answer.verdict === "timeout";
    this.#settle(child, answer);
    if (!isLeaving) this.#idle.push(child);
    this.#next();
  }

  #bury(child: ChildProcess): void {
    this.#all.delete(child);
    const at = this.#idle.indexOf(child);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#settle(child, null);
    if (!this.#isClosed) this.#start();
  }

  #settle(child: ChildProcess, answer: Answer | null): void {
    this.#current.get(child)?.done(answer);
    this.#current.delete(child);
  }

  #next(): void {
    while (this.#idle.length > 0 && this.#queue.length > 0) {
      const child = this.#idle.pop();
      const entry = this.#queue.shift();
      if (child === undefined || entry === undefined) return;
      this.#current.set(child, entry);
      child.send(entry.job);
    }
  }
}
