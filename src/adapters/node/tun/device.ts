import { isOwnInterface } from "../addresses.ts";
import { AdapterError } from "../errors.ts";
import { findLibc } from "../native/libc.ts";
import { Readable } from "../native/readable.ts";
import { ifreq, ifreqShort, KERNEL } from "./kernel.ts";
import { ERRNO, type Libc, loadLibc } from "./libc.ts";
import { TUN_BYTES_PER_TURN, TUN_PAUSE_MS, TUN_READS_PER_TURN } from "./limits.ts";
import { cannotMake, cannotOpen, cannotWatch, otherSystem } from "./refusals.ts";
import { applySettings, changeAddress, type TunSettings } from "./settings.ts";

/** Bytes left free before what is read, for whoever takes the frame. */
const HEAD_ROOM = 1;
/** Virtio-net header, IPv6 header, and what a payload length can say. */
const FRAME_BYTES_MAX: number = HEAD_ROOM + 10 + 40 + 65_535;

/** What an interface tells; all calls happen on the main thread. */
export interface TunEvents {
  /**
   * A virtio-net header and its packet, from byte 1 to `end`; the buffer is lent and may be written
   * to. False: it was thrown away, as there is too much, and no other comes until `resume`.
   */
  onFrame(frame: Uint8Array, end: number): boolean;
  /** No more for this turn. */
  onBatch(): void;
  /** The interface has ceased to be; the sentence is for people. Called once. */
  onGone(sentence: string): void;
}

/** A virtual IPv6 interface of Linux. */
export class TunDevice {
  readonly name: string;
  readonly mtuBytes: number;
  /** It takes and gives super-packets and partial checksums. */
  readonly takesOffloads: boolean;
  readonly #libc: Libc;
  readonly #fd: number;
  readonly #events: TunEvents;
  readonly #readable: Readable;
  readonly #frame = new Uint8Array(FRAME_BYTES_MAX);
  readonly #into = this.#frame.subarray(HEAD_ROOM);
  #isOver = false;
  #pausing: NodeJS.Timeout | undefined;
  /** Something was written that nothing has been read after. */
  #hasWritten = false;
  #isReading = false;

  constructor(libc: Libc, fd: number, settings: TunSettings, events: TunEvents) {
    this.#libc = libc;
    this.#fd = fd;
    this.#events = events;
    this.name = settings.name;
    this.mtuBytes = settings.mtuBytes;
    this.takesOffloads = settings.offloads !== false;
    const native = findLibc();
    const readable = native && Readable.of(native, fd, () => this.#readTurn());
    if (readable === undefined) throw cannotWatch();
    this.#readable = readable;
  }

  /** Whether packets can pass. */
  get isUp(): boolean {
    return !this.#isOver;
  }

  /** Writes a virtio-net header and its packet; false: the system did not take it. */
  write(headerAndPacket: Uint8Array): boolean {
    if (this.#isOver) return false;
    this.#hasWritten = true;
    if (this.#libc.write(this.#fd, headerAndPacket, headerAndPacket.length) >= 0) return true;
    if (this.#libc.errno() === ERRNO.badState) this.#removed();
    return false;
  }

  /** Lets programs have the processor that wait for what was written, before more is written than they have room for. */
  letProgramsRead(): void {
    this.#libc.yieldProcessor();
  }

  /**
   * Takes an IPv6 address more (16 bytes), or gives one back; nothing where the interface is gone.
   * @param prefixBits how many bits of it lead to this interface
   * @throws AdapterError as `openTun` does
   */
  change(change: "add" | "remove", address: Uint8Array, prefixBits: number): void {
    if (!this.#isOver) changeAddress(this.#libc, this.name, change, address, prefixBits);
  }

  /**
   * Reads what the system has to say to what was written: it answers a ping, and acknowledges TCP, before a write
   * is over. So the answer needs no other turn. What comes of reading, and is written in the same turn, has to
   * wait for the next: else a flood of packets that are refused would never let go.
   */
  readAnswers(): void {
    if (this.#hasWritten && !this.#isReading && !this.#isOver && !this.isPaused) this.#readTurn();
  }

  /** Goes on reading. */
  resume(): void {
    if (!this.isPaused) return;
    clearTimeout(this.#pausing);
    this.#pausing = undefined;
    this.#readable.resume();
  }

  /** Whether what comes waits in the kernel, which throws away what is too much for less. */
  get isPaused(): boolean {
    return this.#pausing !== undefined;
  }

  #pause(): void {
    this.#readable.pause();
    this.#pausing = setTimeout(() => this.resume(), TUN_PAUSE_MS);
  }

  /** Removes the interface. */
  async close(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#pausing);
    this.#readable.close();
    this.#libc.close(this.#fd);
  }

  #readTurn(): void {
    this.#hasWritten = false;
    this.#isReading = true;
    try {
      this.#readSome();
    } finally {
      this.#isReading = false;
    }
  }

  /** Reads what is there, up to a number; what is left is told of again in the next turn. */
  #readSome(): void {
    let bytes = 0;
    for (let count = 0; count < TUN_READS_PER_TURN && bytes < TUN_BYTES_PER_TURN; count++) {
      const length = this.#libc.read(this.#fd, this.#into, this.#into.length);
      if (length <= 0) {
        this.#nothingThere(length);
        if (count === 0) return;
        break;
      }
      bytes += length;
      const isTaken = this.#events.onFrame(this.#frame, HEAD_ROOM + length);
      if (this.#isOver) return;
      if (!isTaken) {
        this.#pause();
        break;
      }
    }
    this.#events.onBatch();
  }

  #nothingThere(length: number): void {
    if (length < 0 && this.#libc.errno() === ERRNO.badState) this.#removed();
  }

  #removed(): void {
    this.#gone(
      `The interface ${this.name} was removed by another program. Restart the peer to have it again.`,
    );
  }

  #gone(sentence: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#readable.close();
    this.#events.onGone(sentence);
  }
}

/** Whether a text can be the name of our interface; links never run over one that begins so. */
export function isTunName(name: string): boolean {
  return isOwnInterface(name) && /^[a-z0-9_.-]{7,15}$/.test(name);
}

/**
 * Makes a virtual interface with an address and switches it on. It is gone when `close` is called
 * or this process ends.
 * @throws AdapterError("unsupported" | "no-permission" | "tun-busy" | "bad-config" | "io")
 */
export function openTun(
  settings: TunSettings,
  events: TunEvents,
  platform: string = process.platform,
): TunDevice {
  if (platform !== "linux") throw otherSystem(platform);
  const { name } = settings;
  if (!isTunName(name)) {
    throw new AdapterError(
      "bad-config",
      `'${name}' cannot be the name of an interface. It begins with 'peernet', then up to 8 letters or digits follow, such as peernet0.`,
    );
  }
  const libc = loadLibc();
  const flags = KERNEL.openReadWrite | KERNEL.openNonBlocking | KERNEL.closeOnExec;
  const fd = libc.open("/dev/net/tun", flags);
  if (fd < 0) throw cannotOpen(libc.errno());
  try {
    const request = ifreq(name);
    ifreqShort(request)[0] = KERNEL.tun | KERNEL.noPacketInfo | KERNEL.virtioHeader;
    if (libc.ioctl(fd, KERNEL.setInterface, request) < 0) throw cannotMake(name, libc.errno());
    if (settings.offloads !== false) askForOffloads(libc, fd);
    applySettings(libc, settings);
    return new TunDevice(libc, fd, settings, events);
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** Super-packets and unfinished checksums; a kernel that has none gives ordinary packets. */
function askForOffloads(libc: Libc, fd: number): void {
  // Machines whose own order is little-endian may refuse what they do anyway.
  libc.ioctl(fd, KERNEL.setHeaderLittleEndian, new Uint8Array(new Int32Array([1]).buffer));
  const { offloadChecksum, offloadTcp4, offloadTcp6, offloadUdp } = KERNEL;
  const tcp = offloadChecksum | offloadTcp4 | offloadTcp6;
  for (const wanted of [tcp | offloadUdp, tcp, offloadChecksum, 0]) {
    if (libc.ioctlNumber(fd, KERNEL.setOffload, wanted) >= 0) return;
  }
}
