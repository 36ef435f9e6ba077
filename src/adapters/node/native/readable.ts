import type { NativeWatch } from "./ffi.ts";
import { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLIN, type Libc } from "./libc.ts";
import { Pinned } from "./pinned.ts";

/** `struct epoll_event` with room to spare; it is packed on x64 alone. */
const EVENT_BYTES = 64;

/**
 * Tells, turn by turn, while a descriptor can be read. It stands in an epoll set of its own, since
 * libuv ends its watch where an error waits on the descriptor itself. A thread that blocks in
 * poll() was not taken: waking this one from there takes 40 us and more.
 */
export class Readable {
  readonly #libc: Libc;
  readonly #epoll: number;
  readonly #watch: NativeWatch;
  #isDue = false;
  #closed = false;
  #isPaused = false;
  readonly #descriptor: number;
  readonly #event: Pinned;

  private constructor(
    libc: Libc,
    epoll: number,
    descriptor: number,
    event: Pinned,
    onReadable: () => void,
  ) {
    this.#libc = libc;
    this.#epoll = epoll;
    this.#descriptor = descriptor;
    this.#event = event;
    const turn = (): void => {
      this.#isDue = false;
      if (!this.#closed && !this.#isPaused) onReadable();
    };
    // A callback of a watch is no turn of Node's: promises and errors would be left lying.
    this.#watch = libc.ffi.watch(epoll, () => {
      if (this.#isDue) return;
      this.#isDue = true;
      setImmediate(turn);
    });
  }

  /** Watches a descriptor; undefined where the system has none left for that. */
  static of(libc: Libc, descriptor: number, onReadable: () => void): Readable | undefined {
    const epoll = libc.epollCreate();
    // Asked to watch a bad descriptor, koffi ends the process.
    if (epoll < 0) return undefined;
    const event = new Pinned(libc.ffi, EVENT_BYTES);
    event.put32(0, EPOLLIN);
    if (libc.epollControl(epoll, EPOLL_CTL_ADD, descriptor, event.address) !== 0) {
      libc.close(epoll);
      return undefined;
    }
    return new Readable(libc, epoll, descriptor, event, onReadable);
  }

  /** Nothing is told until `resume`. */
  pause(): void {
    if (!this.#isPaused) this.#watchFor(0);
    this.#isPaused = true;
  }

  resume(): void {
    if (this.#isPaused) this.#watchFor(EPOLLIN);
    this.#isPaused = false;
  }

  #watchFor(events: number): void {
    if (this.#closed) return;
    this.#event.put32(0, events);
    const { address } = this.#event;
    this.#libc.epollControl(this.#epoll, EPOLL_CTL_MOD, this.#descriptor, address);
  }

  /** No more is told; to be called before the descriptor is closed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    this.#libc.close(this.#epoll);
  }
}
