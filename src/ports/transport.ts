import type { FrameRun } from "../base/frame-run.ts";

/**
 * A printable place that frames go to and come from, such as `udp://[fe80::1%eth0]:4711`,
 * `tcp://192.0.2.7:4711` or `sim://3`. The scheme names the transport.
 */
export type Endpoint = string;

/** What a transport tells its peer. All calls happen on the peer's own turn, one at a time. */
export interface TransportEvents {
  /** A frame came in. `frame` is lent: copy what must outlive the call. */
  onFrame(endpoint: Endpoint, frame: Uint8Array): void;
  /** Frames came in that the system had put together. Who does not know it gets them one by one. */
  onRun?(endpoint: Endpoint, run: FrameRun): void;
  /** A stream transport has connected (by `open`, or because the other side dialled us). */
  onOpened(endpoint: Endpoint): void;
  /** A connection ended or could not be made; `reason` is for people. */
  onClosed(endpoint: Endpoint, reason: string): void;
  /**
   * The system says that nothing listens at this endpoint, or that no way leads there. Anybody may
   * have forged what the system believes: a hint, never a proof.
   */
  onUnreachable(endpoint: Endpoint): void;
}

/**
 * Moves frames to direct neighbours and promises nothing about trust. Datagram transports may
 * lose, repeat and reorder; stream transports keep frame borders and order while open.
 */
export interface Transport {
  /** Scheme of its endpoints: "udp", "tcp", "sim" … */
  readonly scheme: string;
  /** Largest frame that `send` takes on every way, in bytes. */
  readonly frameBytesMax: number;
  /**
   * The largest frame that this machine would send to an endpoint in one piece, in bytes, as far as
   * it knows; `send` takes it. Whether it arrives has to be tried. Absent: `frameBytesMax` everywhere.
   */
  pathFrameBytes?(endpoint: Endpoint): number;
  /** Whether frames arrive in order and without loss while the endpoint is open. */
  readonly reliable: boolean;
  /** Whether frames mostly come in the same arrays, of which there are few: who takes views of them may keep those. */
  readonly reusesFrames?: boolean;
  /** What it carries at most, in bits per second, where it knows (a radio modem does). */
  readonly bitsPerSecond?: number;
  /** Hands a frame over; copies it before returning. False: it was dropped (queue full, gone). */
  send(endpoint: Endpoint, frame: Uint8Array): boolean;
  /**
   * Hands all frames of a run over with one call, in order. False: it cannot do so now, nothing
   * was sent, and each frame must go by `send`.
   */
  sendRun?(endpoint: Endpoint, run: FrameRun): boolean;
  /** Sends to whoever listens on the attached local networks; does nothing where that is impossible. */
  broadcast(frame: Uint8Array): void;
  /** Whether an endpoint of this scheme has the form of one that can be dialled. */
  canDial(endpoint: Endpoint): boolean;
  /** Starts dialling; `onOpened` or `onClosed` follows. Datagram transports answer `onOpened` at once. */
  open(endpoint: Endpoint): void;
  /** Ends a connection and forgets it; no event follows. */
  close(endpoint: Endpoint): void;
  /**
   * A link stands at this endpoint (or no longer does): while it does, the transport tells
   * `onUnreachable` where the system offers a way to know. `close` ends it too.
   */
  watch?(endpoint: Endpoint, wanted: boolean): void;
  /** Looks now, not later, whether a way leads there. False: what led there is gone. */
  check?(endpoint: Endpoint): boolean;
  /**
   * How long nothing may be sent to an endpoint before something on the way (a NAT, a firewall)
   * forgets that it belongs to us, in milliseconds; absent or Infinity where nothing does.
   */
  quietMsMax?(endpoint: Endpoint): number;
  /** Endpoints at which others may reach this peer now, best first, for invites and beacons. */
  reachableAt(): readonly Endpoint[];
}
