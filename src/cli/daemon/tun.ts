import type { Diagnostic } from "../../adapters/node/diagnostics.ts";
import { AdapterError } from "../../adapters/node/errors.ts";
import { SystemNames } from "../../adapters/node/names/names.ts";
import { openTun, type TunDevice } from "../../adapters/node/tun/device.ts";
import { TUN_MTU_BYTES } from "../../adapters/node/tun/limits.ts";
import type { VirtualInterfaceBody } from "../../api/client/index.ts";
import type { Networks } from "../../gateway/index.ts";
import { ECHO_ONLY, IpTunnel, type MayEnter } from "../../gateway/ip/index.ts";
import { formatAddress, type PeerId, peerIdToBytes } from "../../identity/index.ts";
import type { Peer } from "../../peer/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import { meshNamesOf } from "./resolver.ts";

/** The datagram service that packets travel by. */
const SERVICE = "ip";
/** All addresses of peers begin with fd, so that many bits lead to the interface. */
const PREFIX_BITS = 8;

/** What a virtual interface is made of. */
export interface VirtualInterfaceOptions {
  readonly peer: Peer;
  readonly clock: Clock;
  readonly random: Random;
  /** Lets the peer do what is due, when the packets of a turn have been read. */
  readonly turn: () => void;
  readonly name: string;
  readonly onWarning: (sentence: string) => void;
  /** Let the whole system know the names of contacts. */
  readonly names: boolean;
  /** The rules; by default nothing but echo requests comes in. */
  readonly mayEnter?: MayEnter | undefined;
}

/** The running virtual interface of a peer. */
export interface VirtualInterface {
  /** The peer has done what was due: what had to wait for that may be read now. */
  afterTurn(): void;
  /** The rules have changed. */
  recheck(): void;
  /** A contact is new or has another name. */
  contactsChanged(): void;
  body(): VirtualInterfaceBody;
  /** Looks again at what may have changed outside. */
  diagnose(): Promise<readonly Diagnostic[]>;
  close(): Promise<void>;
}

/**
 * Makes a virtual IPv6 interface with the peer's own address, so that every program on this
 * machine reaches other peers by theirs.
 * @throws AdapterError with what to do next
 */
export function openVirtualInterface(options: VirtualInterfaceOptions): VirtualInterface {
  const { peer, turn, name } = options;
  let goneSentence: string | undefined;
  const device: TunDevice = openTun(
    {
      name,
      address: peerIdToBytes(peer.identity.id),
      prefixBits: PREFIX_BITS,
      mtuBytes: TUN_MTU_BYTES,
    },
    {
      onFrame: (frame, end) => tunnel.outbound(frame, end),
      onBatch: turn,
      onGone: (sentence) => {
        goneSentence = sentence;
        options.onWarning(sentence);
        // Names that lead nowhere would only make programs wait.
        void names.close();
      },
    },
  );
  const tunnel: IpTunnel = makeTunnel(options, device);
  peer.session.serveDatagrams(SERVICE, (from, bytes) => tunnel.inbound(from.id, bytes));
  const names = openNames(options);
  const shared = new SharedAddresses(options, device);
  shared.refresh();
  return {
    afterTurn: () => {
      tunnel.flush();
      if (device.isPaused && !tunnel.isHeld) device.resume();
      device.readAnswers();
    },
    recheck: () => {
      tunnel.recheck();
      shared.refresh();
      // Members of groups have names as well.
      void names.refresh();
    },
    contactsChanged: () => void names.refresh(),
    body: () => ({
      name,
      address: formatAddress(peer.identity.id),
      groupAddresses: shared.all.map(formatAddress),
      isUp: device.isUp,
      mtuBytes: device.mtuBytes,
      flows: tunnel.flowCount,
      names: names.state,
      ...tunnel.counters,
    }),
    diagnose: async () => {
      const detail = goneSentence ?? `The virtual interface ${name} is up`;
      const own: Diagnostic = { id: "virtual-interface", ok: device.isUp, detail };
      if (!device.isUp) return [own];
      const told = { code: "tun", facts: { name } } as const;
      const { works, words } = await names.check();
      return [
        { ...own, told },
        { id: "names", ok: works, detail: words },
      ];
    },
    close: async () => {
      await names.close();
      await device.close();
    },
  };
}

/** The addresses that groups give this device, on its interface as long as it belongs to them. */
class SharedAddresses {
  readonly #networks: Networks | undefined;
  readonly #onWarning: (sentence: string) => void;
  readonly #device: TunDevice;
  readonly #set = new Set<string>();
  #hasWarned = false;

  constructor({ peer, onWarning }: VirtualInterfaceOptions, device: TunDevice) {
    this.#networks = peer.gateway.people.networks;
    this.#onWarning = onWarning;
    this.#device = device;
  }

  /** 32 hexadecimal digits each. */
  get all(): readonly string[] {
    return [...this.#set];
  }

  refresh(): void {
    const wanted = new Set(this.#networks?.own());
    for (const address of this.#set) if (!wanted.has(address)) this.#change("remove", address);
    for (const address of wanted) if (!this.#set.has(address)) this.#change("add", address);
  }

  #change(change: "add" | "remove", address: string): void {
    try {
      this.#device.change(change, peerIdToBytes(address), this.#networks?.bits ?? 0);
      if (change === "add") this.#set.add(address);
      else this.#set.delete(address);
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      if (!this.#hasWarned) this.#onWarning(error.message);
      this.#hasWarned = true;
    }
  }
}

/** Names for all programs; they may take a moment, and the peer does not wait for them. */
function openNames({ peer, name, names: hooks, onWarning }: VirtualInterfaceOptions): SystemNames {
  const { mesh, trialName, domains } = meshNamesOf(peer);
  const names = new SystemNames({
    interfaceName: name,
    address: formatAddress(peer.identity.id),
    trialName,
    hooks,
    domains,
    answer: (message) => mesh.answer(message),
    listed: () => mesh.listed(),
  });
  void names.start().then(() => {
    const { hook, works, words } = names.state;
    if (!works && hook !== "off" && !names.isClosed) onWarning(words);
  });
  return names;
}

function makeTunnel(options: VirtualInterfaceOptions, device: TunDevice): IpTunnel {
  const { peer, clock, random } = options;
  const { session, routing, identity } = peer;
  const bytesMax = (to: PeerId): number => {
    if (routing.record(to) !== undefined) return session.datagramBytesCeiling();
    const { neighbours, remembered, tableFull } = routing.explain(to);
    return neighbours > 0 && (remembered || tableFull) ? session.datagramBytesCeiling() : 0;
  };
  return new IpTunnel({
    own: identity.id,
    clock,
    random,
    network: device,
    networks: peer.gateway.people.networks,
    mayEnter: options.mayEnter ?? ECHO_ONLY,
    datagrams: {
      send: (to, bytes, flowId) => session.sendDatagram(to, SERVICE, bytes, flowId),
      hasRoom: (to, flowId) => session.hasDatagramRoom(to, flowId),
      bytesMax,
    },
  });
}
