import { lookup } from "node:dns/promises";
import { systemCode } from "../errors.ts";
import { HOSTS_FILE, HostsFile } from "./hosts-file.ts";
import type { HostName } from "./hosts-text.ts";
import {
  NAMES_LISTEN_GAP_MS,
  NAMES_LISTEN_TRIES,
  NAMES_REFRESH_MS,
  NAMES_TRIAL_MS,
} from "./limits.ts";
import { hasResolved, hookResolved, type RunResolvectl, unhookResolved } from "./resolved.ts";
import { DNS_PORT, listenForNames, type NameServer } from "./server.ts";

/** How the system was told of names: not at all by wish, not yet or not possible, or by what. */
export type NamesHook = "off" | "none" | "resolved" | "hosts";

/** Whether every program of this machine knows the names of contacts. */
export interface NamesState {
  readonly hook: NamesHook;
  /** As it was when it was last tried. */
  readonly works: boolean;
  /** For people: what is so, and what to do where it does not work. */
  readonly words: string;
}

/** What names are made of. */
export interface SystemNamesOptions {
  readonly interfaceName: string;
  /** This peer's address as text; the DNS server listens there. */
  readonly address: string;
  /** A name that stands for `address` as long as names work. */
  readonly trialName: string;
  /** False leaves the system's settings alone. */
  readonly hooks: boolean;
  readonly answer: (message: Uint8Array) => Uint8Array | undefined;
  readonly listed: () => readonly HostName[];
  /** What the names of peers end with here; by default `peer.alt` alone. */
  readonly domains?: readonly string[] | undefined;
  /** For tests: the system as it is not. */
  readonly system?: Partial<NamesSystem>;
}

/** The parts of the system that names are hooked into. */
export interface NamesSystem {
  readonly hostsFile: string;
  readonly port: number;
  readonly listen: typeof listenForNames;
  readonly hasResolved: () => boolean;
  readonly resolvectl: RunResolvectl | undefined;
  /** Looks a name up as any program does. */
  readonly lookUp: (name: string) => Promise<string>;
}

const SYSTEM: NamesSystem = {
  hostsFile: HOSTS_FILE,
  port: DNS_PORT,
  listen: listenForNames,
  hasResolved,
  resolvectl: undefined,
  lookUp: async (name) => (await lookup(name, { family: 6 })).address,
};

/**
 * Makes names of contacts known to every program of this machine: by systemd-resolved, which then
 * asks our own DNS server, or else by a block of lines in the hosts file. What the system does with
 * other names stays as it is.
 */
export class SystemNames {
  readonly #options: SystemNamesOptions;
  readonly #system: NamesSystem;
  readonly #hosts: HostsFile;
  #server: NameServer | string = "";
  #hook: NamesHook = "none";
  #works = false;
  /** The system's code where the hosts file could not be written, or "". */
  #hostsCode = "";
  #timer: NodeJS.Timeout | undefined;
  /** Give up lookups that are under way: a system without DNS may take long over them. */
  readonly #trials = new Set<() => void>();
  #isClosed = false;
  #started: Promise<void> | undefined;

  constructor(options: SystemNamesOptions) {
    this.#options = options;
    this.#system = { ...SYSTEM, ...options.system };
    this.#hosts = new HostsFile(this.#system.hostsFile, options.interfaceName);
  }

  /** Resolves once it is known whether names work. Never rejects. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  /** It has ended, or is about to. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get state(): NamesState {
    return { hook: this.#hook, works: this.#works, words: this.#words() };
  }

  /** The names may have changed. Resolves once the system knows; never rejects. */
  async refresh(): Promise<void> {
    if (this.#hook === "hosts" && !this.#isClosed) await this.#list();
  }

  /** Tries again whether names work. */
  async check(): Promise<NamesState> {
    await this.start();
    await this.#try();
    return this.state;
  }

  /** Gives the system its settings back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const giveUp of this.#trials) giveUp();
    clearInterval(this.#timer);
    await this.#started;
    clearInterval(this.#timer);
    if (this.#hook === "resolved") await this.#unhookResolved();
    if (this.#hook === "hosts") await this.#hosts.clear().catch(() => undefined);
    this.#hook = "none";
    this.#works = false;
    if (typeof this.#server !== "string") await this.#server.close();
    this.#server = "";
  }

  async #start(): Promise<void> {
    await this.#listen();
    if (!this.#options.hooks) this.#hook = "off";
    else if (!(await this.#hookResolved())) await this.#hookHosts();
    if (this.#hook === "off") await this.#try();
  }

  async #listen(): Promise<void> {
    const { address, answer } = this.#options;
    const { port, listen } = this.#system;
    for (let tries = 0; tries < NAMES_LISTEN_TRIES && !this.#isClosed; tries++) {
      if (tries > 0) await new Promise((go) => setTimeout(go, NAMES_LISTEN_GAP_MS));
      this.#server = await listen({ address, port, answer });
      if (this.#server !== "EADDRNOTAVAIL") return;
    }
  }

  /** Only where it works: some versions answer no question about .alt themselves. */
  async #hookResolved(): Promise<boolean> {
    if (this.#isClosed || typeof this.#server === "string" || !this.#system.hasResolved()) {
      return false;
    }
    const { interfaceName, address, domains } = this.#options;
    const { resolvectl } = this.#system;
    if (!(await hookResolved(interfaceName, address, resolvectl, domains))) return false;
    this.#hook = "resolved";
    if (await this.#try()) return true;
    await this.#unhookResolved();
    this.#hook = "none";
    return false;
  }

  #unhookResolved(): Promise<void> {
    return unhookResolved(this.#options.interfaceName, this.#system.resolvectl);
  }

  async #hookHosts(): Promise<void> {
    if (this.#isClosed) return;
    await this.#list();
    if (this.#hostsCode !== "") return;
    this.#hook = "hosts";
    this.#timer = setInterval(() => void this.refresh(), NAMES_REFRESH_MS).unref();
    await this.#try();
  }

  async #list(): Promise<void> {
    try {
      await this.#hosts.set(this.#options.listed());
      this.#hostsCode = "";
    } catch (error) {
      this.#hostsCode = systemCode(error) || "unknown";
    }
  }

  async #try(): Promise<boolean> {
    const { trialName, address } = this.#options;
    let giveUp: () => void = () => undefined;
    const givenUp = new Promise<string>((resolve) => {
      giveUp = () => resolve("");
    });
    const timer = setTimeout(giveUp, NAMES_TRIAL_MS).unref();
    this.#trials.add(giveUp);
    const found = this.#system.lookUp(trialName).catch(() => "");
    this.#works = (await Promise.race([found, givenUp])) === address;
    clearTimeout(timer);
    this.#trials.delete(giveUp);
    return this.#works;
  }

  #words(): string {
    const known = "Names such as anna.peer.alt work in every program";
    if (this.#works && this.#hook === "hosts")
      return `${known}: ${this.#system.hostsFile} has them`;
    if (this.#works) return `${known}: the system asks this peer`;
    return `Names such as anna.peer.alt work in the proxy only. ${this.#why()} ${this.#advice()}`;
  }

  #why(): string {
    const { hostsFile } = this.#system;
    if (this.#hook === "off") return "The system's settings are left alone, as you wished.";
    if (this.#hook === "hosts") {
      return `They are in ${hostsFile}, but the system does not look there: /etc/nsswitch.conf needs 'files' in its line 'hosts:'.`;
    }
    if (this.#hostsCode === "") return "Still looking, or the interface is gone.";
    const isForbidden = ["EACCES", "EPERM"].includes(this.#hostsCode);
    const advice = isForbidden ? ": start the peer as root" : "";
    return `${hostsFile} cannot be written (${this.#hostsCode})${advice}.`;
  }

  #advice(): string {
    const { address } = this.#options;
    if (typeof this.#server === "string") {
      const code = this.#server === "" ? "" : ` (${this.#server})`;
      return `Addresses work everywhere; port ${this.#system.port} of ${address} could not be opened for a DNS server of its own${code}.`;
    }
    return (
      `Your own DNS server can ask ${address} about peer.alt ` +
      `(dnsmasq: server=/peer.alt/${address}). Addresses work everywhere.`
    );
  }
}
