import type { Socket } from "node:dgram";
import { type InterfaceSource, type LocalInterface, localInterfaces } from "./addresses.ts";
import { Carrier } from "./carrier.ts";
import type { Diagnostic } from "./diagnostics.ts";
import { errorText, systemCode } from "./errors.ts";
import {
  INTERFACE_EARLY_LOOKS,
  INTERFACE_EARLY_POLL_MS,
  INTERFACE_LOOK_GAP_CALM_MS,
  INTERFACE_LOOK_GAP_MS,
  INTERFACE_LOOKS_CLOSE,
  INTERFACE_POLL_MS,
  MULTICAST_GROUP_4,
  MULTICAST_GROUP_6,
} from "./limits.ts";
import { InterfaceNews } from "./native/interface-news.ts";
import { bindUdp } from "./udp-sockets.ts";

/** What discovery needs from its transport. */
export interface MulticastOptions {
  readonly port: number;
  readonly onMessage: (frame: Uint8Array, address: string, port: number) => void;
  /** Runs after the set of interfaces has changed. */
  readonly onInterfaceChange: () => void;
  readonly onWarning: (sentence: string) => void;
  /** Injected in tests. */
  readonly interfaces: InterfaceSource | undefined;
}

/** Where a beacon goes out. */
export interface Outlet {
  readonly family: 4 | 6;
  readonly name: string;
  /** IPv4: the interface's address. IPv6: the group with its zone. */
  readonly address: string;
}

/** The zone of a scoped address: Windows counts interfaces, everybody else names them. */
function zone(local: LocalInterface): string {
  return process.platform === "win32" ? String(local.index) : local.name;
}

/**
 * The outlets of these interfaces. Loopback serves only where nothing else carries IPv4: on a
 * real interface the kernel loops our beacons back to other peers on this machine anyway.
 */
export function outletsOf(interfaces: readonly LocalInterface[]): Outlet[] {
  const outlets: Outlet[] = [];
  const outside = interfaces.some((local) => !local.internal && local.ipv4.length > 0);
  for (const local of interfaces) {
    const address = local.ipv4[0];
    if (address !== undefined && !(local.internal && outside)) {
      outlets.push({ family: 4, name: local.name, address });
    }
    if (local.linkLocal !== undefined && !local.internal) {
      outlets.push({ family: 6, name: local.name, address: `${MULTICAST_GROUP_6}%${zone(local)}` });
    }
  }
  return outlets;
}

/** Listens for beacons on every interface and notices interfaces that come and go. */
export class Multicast {
  readonly #options: MulticastOptions;
  readonly #carrier = new Carrier();
  readonly #sockets: { 4: Socket | undefined; 6: Socket | undefined } = {
    4: undefined,
    6: undefined,
  };
  readonly #joined = new Map<string, Outlet>();
  readonly #failures = new Map<string, string>();
  #interfaces: readonly LocalInterface[] = [];
  #signature = "";
  #lookedAtMs = 0;
  /** Looks that followed each other closely and found nothing new. */
  #calmLooks = 0;
  #timer: NodeJS.Timeout | undefined;
  #news: InterfaceNews | undefined;
  /** A look that news have asked for and that comes a moment later. */
  #newsTimer: NodeJS.Timeout | undefined;
  /** Where beacons should go out now. */
  outlets: readonly Outlet[] = [];

  constructor(options: MulticastOptions) {
    this.#options = options;
  }

  /** The interfaces as last seen. */
  get interfaces(): readonly LocalInterface[] {
    return this.#interfaces;
  }

  /** Opens the listening sockets (where `listen`) and starts to watch the interfaces. */
  async start(listen: boolean): Promise<void> {
    if (listen) {
      for (const family of [4, 6] as const) await this.#openListener(family);
    }
    if (this.#options.interfaces === undefined) {
      this.#news = InterfaceNews.open(() => this.lookForNews());
    }
    this.look();
    this.#watch(0);
  }

  /** Addresses often come a moment after a machine or its network has started: looks early and often. */
  #watch(looks: number): void {
    const waitMs = looks < INTERFACE_EARLY_LOOKS ? INTERFACE_EARLY_POLL_MS : INTERFACE_POLL_MS;
    this.#timer = setTimeout(() => {
      this.look();
      this.#watch(looks + 1);
    }, waitMs);
    this.#timer.unref();
  }

  /** Looks now, unless somebody has just looked. Links under full load doubt their way over and over. */
  lookSoon(): void {
    if (this.#lookWaitMs() > 0) return;
    const agoMs = performance.now() - this.#lookedAtMs;
    const before = this.#signature;
    this.look();
    const isSame = before === this.#signature && agoMs < INTERFACE_POLL_MS / 2;
    this.#calmLooks = isSame ? this.#calmLooks + 1 : 0;
  }

  /** The system tells that something has changed: looks now, or as soon as the last look is old enough. */
  lookForNews(): void {
    if (this.#newsTimer !== undefined) return;
    const waitMs = this.#lookWaitMs();
    if (waitMs <= 0) {
      this.lookSoon();
      return;
    }
    this.#newsTimer = setTimeout(() => {
      this.#newsTimer = undefined;
      this.lookForNews();
    }, Math.ceil(waitMs));
    this.#newsTimer.unref();
  }

  #lookWaitMs(): number {
    const isCalm = this.#calmLooks >= INTERFACE_LOOKS_CLOSE;
    const gapMs = isCalm ? INTERFACE_LOOK_GAP_CALM_MS : INTERFACE_LOOK_GAP_MS;
    return this.#lookedAtMs + gapMs - performance.now();
  }

  /** Looks at the interfaces now; joins and leaves groups as they have changed. */
  look(): void {
    this.#lookedAtMs = performance.now();
    const listed = localInterfaces(this.#options.interfaces);
    this.#interfaces = listed.filter(({ name }) => !this.#carrier.isDead(name));
    this.#carrier.keep(listed.map(({ name }) => name));
    this.outlets = outletsOf(this.#interfaces);
    const signature = JSON.stringify(this.#interfaces);
    const changed = signature !== this.#signature;
    // An interface that went and came back between two looks has lost its memberships.
    if (changed) this.#leaveAll();
    this.#joinAll();
    const first = this.#signature === "";
    this.#signature = signature;
    if (changed && !first) this.#options.onInterfaceChange();
  }

  /** Stops watching and listening. */
  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#newsTimer);
    this.#news?.close();
    this.#news = undefined;
    this.#sockets[4]?.close();
    this.#sockets[6]?.close();
    this.#sockets[4] = undefined;
    this.#sockets[6] = undefined;
  }

  /** Which groups were joined where, and what failed. */
  diagnostics(): Diagnostic[] {
    return ([4, 6] as const).map((family) => {
      const id = `multicast-ipv${family}`;
      const joined = [...this.#joined.values()].filter((outlet) => outlet.family === family);
      if (joined.length > 0) {
        const names = joined.map((outlet) => outlet.name).join(", ");
        const detail = `Listening for peers by IPv${family} on ${names}.`;
        return { id, ok: true, detail, told: { code: "multicast", facts: { family, names } } };
      }
      const why = this.#failures.get(`listen-${family}`) ?? this.#failures.get(`join-${family}`);
      const because = why === undefined ? "no interface with such an address is up" : why;
      const advice = "Peers can still be linked by address.";
      return {
        id,
        ok: false,
        detail: `Not listening for peers by IPv${family}: ${because}. ${advice}`,
        told: { code: "multicast-not", facts: { family, why: why ?? "" } },
      };
    });
  }

  async #openListener(family: 4 | 6): Promise<void> {
    try {
      const socket = await bindUdp(family, this.#options.port, true);
      socket.on("message", (frame, from) => {
        this.#options.onMessage(frame, from.address, from.port);
      });
      socket.on("error", () => undefined);
      this.#sockets[family] = socket;
    } catch (error) {
      const reason = `UDP port ${this.#options.port} cannot be shared (${errorText(error)})`;
      this.#failures.set(`listen-${family}`, reason);
      this.#options.onWarning(
        `Peers nearby will not be found by IPv${family}: ${reason}. Other ways of linking still work.`,
      );
    }
  }

  #leaveAll(): void {
    for (const outlet of this.#joined.values()) this.#leave(outlet);
    this.#joined.clear();
  }

  #joinAll(): void {
    for (const outlet of this.outlets) {
      const key = `${outlet.family}/${outlet.address}`;
      if (!this.#joined.has(key) && this.#join(outlet)) this.#joined.set(key, outlet);
    }
  }

  #join(outlet: Outlet): boolean {
    const socket = this.#sockets[outlet.family];
    if (socket === undefined) return false;
    try {
      if (outlet.family === 4) socket.addMembership(MULTICAST_GROUP_4, outlet.address);
      else socket.addMembership(MULTICAST_GROUP_6, `::%${outlet.address.split("%")[1] ?? ""}`);
      return true;
    } catch (error) {
      // The system remembers a membership that we forgot: an interface that went and came back.
      if (systemCode(error) === "EADDRINUSE") return true;
      const key = `join-${outlet.family}`;
      if (!this.#failures.has(key)) {
        this.#options.onWarning(
          `Listening for peers on ${outlet.name} by IPv${outlet.family} failed: ${errorText(error)}. It is tried again every second.`,
        );
      }
      this.#failures.set(key, errorText(error));
      return false;
    }
  }

  #leave(outlet: Outlet): void {
    try {
      if (outlet.family === 4) {
        this.#sockets[4]?.dropMembership(MULTICAST_GROUP_4, outlet.address);
      } else {
        const scope = outlet.address.split("%")[1] ?? "";
        this.#sockets[6]?.dropMembership(MULTICAST_GROUP_6, `::%${scope}`);
      }
    } catch {
      // The interface has gone, and its membership with it.
    }
  }
}
