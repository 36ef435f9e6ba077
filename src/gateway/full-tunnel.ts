import type { PeerId } from "../identity/index.ts";
import type { Clock, Timed } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import { NO_NEAR } from "./full-lines.ts";
import { ExitPackets } from "./ip/full/exit.ts";
import type { Lease } from "./ip/full/lease.ts";
import type { FullTunnelOptions } from "./ip/full/parts.ts";
import { UserPackets } from "./ip/full/user.ts";
import { FULL_TUNNEL_RETRY_MS } from "./limits.ts";
import type { RefusalCode } from "./opening.ts";
import type { Reached } from "./reaching.ts";

/** The datagram services of packets: from users to exits, and back. */
const TO_EXIT = "full-up";
const TO_USER = "full-down";

/** How the using side is. */
export type FullTunnelState =
  /** Packets pass. `notice` says why the exit lets none pass, where that is so. */
  | { readonly t: "up"; readonly exit: PeerId; readonly notice: RefusalCode | undefined }
  /** Nothing goes out; it is asked again and again. */
  | { readonly t: "blocked"; readonly words: string };

/** What the stream of a full tunnel tells the one who asked for it. */
export interface FullTunnelEvents {
  onLease(exit: PeerId, lease: Lease, passed: (sent: number, received: number) => void): void;
  onNotice(refusal: RefusalCode): void;
  onOver(): void;
}

/** Asks the exit in use for a full tunnel; the function that is returned gives it up. */
export type AskForTunnel = (
  events: FullTunnelEvents,
  done: (words: string, ...answer: Parameters<Reached>) => void,
) => () => void;

/** What full tunnels are made of. */
export interface FullTunnelParts {
  readonly clock: Clock;
  readonly session: SessionPort;
  readonly ask: AskForTunnel;
}

/** Whether and how packets of the whole internet travel: both sides, as far as they are switched on. */
export class FullTunnel implements Timed {
  readonly #parts: FullTunnelParts;
  #exit: ExitPackets | undefined;
  #user: UserPackets | undefined;
  #state: FullTunnelState = { t: "blocked", words: "" };
  #onLease: (lease: Lease) => void = () => undefined;
  #askAtMs = Number.POSITIVE_INFINITY;
  #giveUp: (() => void) | undefined;
  #drop: (() => void) | undefined;

  constructor(parts: FullTunnelParts) {
    this.#parts = parts;
    const { session } = parts;
    session.serveDatagrams(TO_EXIT, (from, bytes) => this.#exit?.fromPeer(from.id, bytes));
    session.serveDatagrams(TO_USER, (from, bytes) => this.#user?.fromPeer(from.id, bytes));
  }

  /** The sharing side, while it is switched on. */
  get exit(): ExitPackets | undefined {
    return this.#exit;
  }

  /** The using side, while it is switched on. */
  get user(): UserPackets | undefined {
    return this.#user;
  }

  /** How the using side is; undefined: off. */
  get state(): FullTunnelState | undefined {
    return this.#user && this.#state;
  }

  /** Switches the sharing side on: an interface from which the system forwards. */
  openExit(
    network: FullTunnelOptions["network"],
    names: { readonly names4: boolean; readonly names6: boolean },
  ): ExitPackets {
    const { clock } = this.#parts;
    this.#exit = new ExitPackets({ clock, network, datagrams: this.#port(TO_USER), ...names });
    return this.#exit;
  }

  /** Switches it off. Users must have been let go of by then. */
  closeExit(): void {
    this.#exit = undefined;
  }

  /**
   * Switches the using side on, which asks the exit in use from now on.
   * @param onLease the interface is to have these addresses, before this returns
   */
  openUser(network: FullTunnelOptions["network"], onLease: (lease: Lease) => void): UserPackets {
    const { clock } = this.#parts;
    this.#user = new UserPackets({ clock, network, datagrams: this.#port(TO_EXIT) });
    this.#onLease = onLease;
    this.#state = { t: "blocked", words: "The exit has not answered yet." };
    this.#askAtMs = clock.monotonicMs();
    return this.#user;
  }

  /** Switches it off. */
  closeUser(): void {
    this.#user = undefined;
    this.#askAtMs = Number.POSITIVE_INFINITY;
    this.#letGo();
  }

  /** Another exit is in use: the tunnel to the one before ends, and the new one is asked. */
  renew(): void {
    if (this.#user === undefined) return;
    this.#letGo();
    this.#user.exit = undefined;
    this.#askAtMs = this.#parts.clock.monotonicMs();
  }

  nextDeadlineMs(): number {
    return this.#askAtMs;
  }

  tick(): void {
    if (this.#askAtMs > this.#parts.clock.monotonicMs()) return;
    this.#askAtMs = Number.POSITIVE_INFINITY;
    this.#ask();
  }

  #port(service: string): FullTunnelOptions["datagrams"] {
    const { session } = this.#parts;
    return { send: (to, bytes) => session.sendDatagram(to, service, bytes) };
  }

  #letGo(): void {
    this.#giveUp?.();
    this.#giveUp = undefined;
    const drop = this.#drop;
    this.#drop = undefined;
    drop?.();
  }

  #ask(): void {
    const user = this.#user;
    if (user === undefined) return;
    let isOver = false;
    // What an attempt tells after it was let go of concerns nobody.
    const mine = (): boolean => !isOver && this.#user === user;
    const events: FullTunnelEvents = {
      onLease: (peer, lease, passed) => {
        if (!mine()) return;
        this.#onLease(lease);
        user.exit = { peer, lease, passed };
        this.#state = { t: "up", exit: peer, notice: undefined };
      },
      onNotice: (notice) => {
        if (mine() && this.#state.t === "up") this.#state = { ...this.#state, notice };
      },
      onOver: () => {
        if (!mine()) return;
        isOver = true;
        user.exit = undefined;
        this.#drop = undefined;
        this.#blocked("The tunnel has ended; the exit is asked again.");
      },
    };
    this.#giveUp = this.#parts.ask(events, (words, _refusal, tunnel) => {
      this.#giveUp = undefined;
      if (!mine()) return;
      if (tunnel === undefined) {
        isOver = true;
        this.#blocked(words);
        return;
      }
      tunnel.join(NO_NEAR);
      this.#drop = () => {
        isOver = true;
        tunnel.drop();
      };
    });
  }

  #blocked(words: string): void {
    this.#state = { t: "blocked", words };
    this.#askAtMs = this.#parts.clock.monotonicMs() + FULL_TUNNEL_RETRY_MS;
  }
}
