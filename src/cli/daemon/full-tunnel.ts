import { AdapterError } from "../../adapters/node/errors.ts";
import type { LinkMarks } from "../../adapters/node/full-tunnel/marks.ts";
import { SHARE_INTERFACE, USER_INTERFACE } from "../../adapters/node/full-tunnel/names.ts";
import { findResolvers } from "../../adapters/node/full-tunnel/resolvers.ts";
import { ShareSide } from "../../adapters/node/full-tunnel/share-side.ts";
import { UserSide } from "../../adapters/node/full-tunnel/user-side.ts";
import { openTun, type TunDevice, type TunEvents } from "../../adapters/node/tun/device.ts";
import { TUN_MTU_BYTES } from "../../adapters/node/tun/limits.ts";
import type { FullTunnelBody } from "../../api/client/index.ts";
import { EXIT_4, EXIT_6, type Lease, POOL_4, POOL_6 } from "../../gateway/ip/index.ts";
import type { Peer } from "../../peer/index.ts";

/** What full tunnels of this process are made of. */
export interface FullTunnelOptions {
  readonly peer: Peer;
  /** To be called after calls into the peer, so that new deadlines are noticed. */
  readonly poke: () => void;
  /** Undefined where sockets cannot be marked here. */
  readonly marks: LinkMarks | undefined;
  readonly onWarning: (sentence: string) => void;
}

/** Keeps interfaces, routes and filters as the settings of the uplink say. */
export class FullTunnels {
  readonly #options: FullTunnelOptions;
  readonly #userSide = new UserSide();
  readonly #shareSide = new ShareSide();
  #user: TunDevice | undefined;
  #share: TunDevice | undefined;
  /** Why the using side has no interface any more. */
  #goneSentence = "";
  #lease = "";
  #exit: string | undefined;

  constructor(options: FullTunnelOptions) {
    this.#options = options;
  }

  /**
   * Makes this machine what the settings say, and does nothing where it is.
   * @throws AdapterError with what to do next; what could be switched on stays on
   */
  apply(): void {
    const { gateway } = this.#options.peer;
    const { use, fullTunnel, shares } = gateway.uplink.settings();
    if (use !== undefined && fullTunnel) this.#useOn(use);
    else this.#useOff();
    if (shares.some((share) => share.fullTunnel === true)) this.#shareOn();
    else this.#shareOff();
    this.#options.poke();
  }

  /** As the settings say, at the start: what does not work is told, and nothing is opened. */
  begin(): void {
    const { fullTunnel, shares } = this.#options.peer.gateway.uplink.settings();
    if (!fullTunnel && !shares.some((share) => share.fullTunnel === true)) return;
    try {
      this.apply();
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      const state = this.#userSide.isShut()
        ? "The internet stays blocked here; 'peernet gateway off' opens it."
        : "This machine's internet goes by its own line.";
      this.#options.onWarning(
        `The full tunnel could not be made. ${error.message} ${fullTunnel ? state : ""}`.trim(),
      );
    }
  }

  body(): FullTunnelBody {
    const { exit, state } = this.#options.peer.gateway.fullTunnel;
    const users = exit === undefined ? null : exit.userCount;
    if (this.#goneSentence !== "") return { state: "blocked", words: this.#goneSentence, users };
    if (state === undefined) return { state: "off", words: "", users };
    if (state.t === "blocked") return { state: "blocked", words: state.words, users };
    if (state.notice === undefined) return { state: "up", words: "", users };
    const why = state.notice === "quota" ? "what it shares is used up for today" : state.notice;
    return { state: "blocked", words: `The exit lets nothing pass: ${why}.`, users };
  }

  /** Gives this machine its own way back; the settings stay. */
  async close(): Promise<void> {
    if (this.#user !== undefined) this.#useOff();
    this.#shareOff();
  }

  #useOn(exit: string): void {
    const { peer, marks } = this.#options;
    const { fullTunnel } = peer.gateway;
    if (this.#user?.isUp) {
      if (exit !== this.#exit) fullTunnel.renew();
      this.#exit = exit;
      return;
    }
    if (marks?.isWhole !== true) throw cannotMark();
    const device = openInterface(USER_INTERFACE, {
      // What finds no room is thrown away, and programs slow down; reading goes on.
      onFrame: (frame, end) => {
        fullTunnel.user?.fromNetwork(frame, end);
        return true;
      },
      onBatch: () => {
        fullTunnel.user?.flush();
        this.#options.poke();
      },
      onGone: (sentence) => this.#gone(sentence),
    });
    try {
      this.#userSide.shut();
    } catch (error) {
      void device.close();
      this.#userSide.open();
      throw error;
    }
    this.#goneSentence = "";
    this.#lease = "";
    this.#user = device;
    this.#exit = exit;
    fullTunnel.openUser(device, (lease) => this.#lead(lease));
  }

  #lead(lease: Lease): void {
    const routes = {
      address4: lease.address4.join("."),
      address6: textOfIpv6(lease.address6),
      names4: lease.names4 ? EXIT_4 : undefined,
      names6: lease.names6 ? EXIT_6 : undefined,
      mtuBytes: Math.min(lease.mtuBytes, TUN_MTU_BYTES),
    };
    // The same exit again: connections that stand must not lose their address.
    const text = JSON.stringify(routes);
    if (text === this.#lease) return;
    try {
      this.#userSide.lead(routes);
      this.#lease = text;
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      this.#gone(error.message);
    }
  }

  /** The wall stands on: that nothing leaks is the point of it. */
  #gone(sentence: string): void {
    this.#goneSentence = `${sentence} The internet stays blocked here; 'peernet gateway off' opens it.`;
    this.#options.peer.gateway.fullTunnel.closeUser();
    this.#options.onWarning(this.#goneSentence);
  }

  #useOff(): void {
    this.#goneSentence = "";
    this.#exit = undefined;
    this.#options.peer.gateway.fullTunnel.closeUser();
    const device = this.#user;
    this.#user = undefined;
    if (device !== undefined || this.#userSide.isShut()) this.#userSide.open();
    void device?.close();
  }

  #shareOn(): void {
    const { gateway } = this.#options.peer;
    if (this.#share?.isUp) return;
    const device = openInterface(SHARE_INTERFACE, {
      onFrame: (frame, end) => {
        gateway.fullTunnel.exit?.fromNetwork(frame, end);
        return true;
      },
      onBatch: () => {
        gateway.fullTunnel.exit?.flush();
        this.#options.poke();
      },
      onGone: (sentence) => this.#options.onWarning(sentence),
    });
    const resolvers = findResolvers();
    try {
      const addresses = { pool4: POOL_4, pool6: POOL_6, address4: EXIT_4, address6: EXIT_6 };
      this.#shareSide.open({ ...addresses, ...resolvers });
    } catch (error) {
      void device.close();
      this.#shareSide.close();
      throw error;
    }
    this.#share = device;
    gateway.uplink.exit = gateway.fullTunnel.openExit(device, {
      names4: resolvers.resolver4 !== undefined,
      names6: resolvers.resolver6 !== undefined,
    });
  }

  #shareOff(): void {
    const { gateway } = this.#options.peer;
    const device = this.#share;
    this.#share = undefined;
    gateway.uplink.exit = undefined;
    gateway.fullTunnel.closeExit();
    if (device === undefined) return;
    this.#shareSide.close();
    void device.close();
  }
}

/**
 * Opens the way that a peer has shut which does not run any more.
 * @returns whether there was anything to open
 */
export function openLeftovers(): boolean {
  const side = new UserSide();
  const wasShut = side.isShut();
  if (wasShut) side.open();
  new ShareSide().close();
  return wasShut;
}

function openInterface(name: string, events: TunEvents): TunDevice {
  const settings = { name, address: undefined, prefixBits: 0, mtuBytes: TUN_MTU_BYTES };
  return openTun({ ...settings, offloads: false }, events);
}

function cannotMark(): AdapterError {
  return new AdapterError(
    "no-permission",
    "A full tunnel changes this machine's routes, which only root may. Start the peer with " +
      "'sudo peernet up --tun', or use the proxy, which needs no rights: peernet proxy.",
  );
}

function textOfIpv6(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: 8 }, (_, at) => view.getUint16(at * 2).toString(16)).join(":");
}
