import type { Socket } from "node:net";
import type { Near } from "../gateway/index.ts";
import type { Peer } from "../peer/index.ts";
import type { LogFields } from "../ports/index.ts";
import type { FindingBody } from "./contract.ts";
import type { FullTunnelBody } from "./contract-gateway.ts";
import type { VirtualInterfaceBody } from "./contract-interface.ts";
import type { LogLineBody } from "./contract-logs.ts";
import type { MountBody } from "./contract-mounts.ts";
import type { EventHub } from "./event-hub.ts";
import type { LanConsole } from "./lan/lan.ts";

/** Makes this machine's routes and filters what the settings of the uplink say. */
export interface FullTunnelSwitch {
  /** Does it now. @throws TypedError with what to do next */
  apply(): void;
  body(): FullTunnelBody;
}

/** Shows folders to programs of this machine. */
export interface MountSwitch {
  list(): readonly MountBody[];
  /** @param port 0 for any free one @throws TypedError with what to do next */
  mount(folder: string, port: number): Promise<MountBody>;
  /** @throws TypedError with what to do next */
  unmount(folder: string): Promise<void>;
}

/** The 24 words of this person, as far as this device holds them. */
export interface WordsSwitch {
  readonly isHeld: boolean;
  /** Whether somebody has shown that they know them. */
  readonly isConfirmed: boolean;
  /** Places of the words that are asked for, from 1. */
  readonly asks: readonly number[];
  /** The words, until somebody has shown that they know them. @throws TypedError afterwards */
  show(): readonly string[];
  /** Takes the words at these places. @throws TypedError where they are others */
  confirm(words: readonly string[]): Promise<void>;
}

/** The newest lines of the peer's log. */
export interface LogSwitch {
  /** File that the log is written to; empty: none. */
  readonly file: string;
  /** Oldest first. */
  recent(): { readonly lines: readonly LogLine[]; readonly forgotten: number };
}

/** A line of the log as it was told; `number` counts up from 1. */
export interface LogLine extends Omit<LogLineBody, "fields"> {
  readonly fields: LogFields;
}

/** What the routes know of the process around the peer. */
export interface ApiContext {
  readonly peer: Peer;
  readonly hub: EventHub;
  readonly version: string;
  readonly name: () => string;
  /** Keeps another name of this device for the next start; where there is a home. */
  readonly saveName?: ((name: string) => Promise<void>) | undefined;
  readonly home: string;
  /** Called after every call into the peer, so that new deadlines are noticed. */
  readonly poke: () => void;
  /** A socket as the near end of a connection; it is read once that has been attached. */
  readonly nearOf: (socket: Socket) => Near;
  /** Endpoints of this peer for invites, best first. */
  readonly reachableAt: () => readonly string[];
  /** Endpoints that listen, for people. */
  readonly listening: () => readonly string[];
  /** Findings of the process about its surroundings. */
  readonly diagnose: () => Promise<readonly FindingBody[]>;
  readonly uptimeMs: () => number;
  /** The virtual interface, where the peer has one. */
  readonly virtualInterface?: (() => VirtualInterfaceBody) | undefined;
  /** Full tunnels, where this process can make them. */
  readonly fullTunnels?: FullTunnelSwitch | undefined;
  /** Folders as WebDAV, where this process serves them. */
  readonly mounts?: MountSwitch | undefined;
  /** Browsers on the local network, where this process has a console. */
  readonly lan?: LanConsole | undefined;
  /** What the peer wrote lately, where this process keeps it. */
  readonly logs?: LogSwitch | undefined;
  /** The recovery words, where this process has a home. */
  readonly words?: WordsSwitch | undefined;
  /** Keeps for the next start how many bytes are kept for others; where there is a config file. */
  readonly saveQuota?: ((quotaBytes: number) => Promise<void>) | undefined;
  /** Wall time at which the last of the sockets was open, in milliseconds. */
  readonly socketsOpenAtMs: number;
  /** Begins to stop the process. */
  readonly stop: () => void;
}
