import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Log, RecordStore } from "../../ports/index.ts";
import type { LanBody, LanLinksBody, LanPairedBody } from "../contract-lan.ts";
import type { Door } from "../door.ts";
import { ApiError } from "../errors.ts";
import { LAN_CERTIFICATE_LIFE_MS, LAN_CERTIFICATE_RENEW_MS } from "../limits.ts";
import { OPEN_API_PATH } from "../open-api-path.ts";
import type { Route } from "../route.ts";
import { type ApiServer, startApiServer } from "../server.ts";
import { PAIR_PATH, routesForBrowsers } from "./access.ts";
import { type KeptBrowser, PairedBrowsers } from "./browsers.ts";
import { fingerprintOf, makeCertificate } from "./certificate.ts";
import { type KeptLan, NO_LAN, readLan, writeLan } from "./kept.ts";
import { hostOf, isNear, isOffered, undressed } from "./near.ts";

/** What the door to the local network stands on. */
export interface LanOptions {
  readonly records: RecordStore;
  readonly log: Log;
  readonly consoleDirectory: string;
  /** Addresses of this machine of both families, best first. */
  readonly addresses: () => readonly string[];
  /** Of this peer in the mesh, at which nobody is answered. */
  readonly meshAddress: string;
  /** Wall time in milliseconds. */
  readonly nowMs: () => number;
  readonly requestTimeoutMs?: number | undefined;
}

const DAY_MS = 24 * 3_600_000;
const SERIAL_BYTES = 16;
const NAME = "Peernet";
const NAME_DEFAULT = "Browser";

/** The console for phones on the local network: off until asked for, one browser at a time let in. */
export class LanConsole {
  readonly #options: LanOptions;
  readonly #connections = new Map<string, Set<Socket>>();
  #kept: KeptLan;
  #browsers: PairedBrowsers;
  #routes: readonly Route[] = [];
  #server: ApiServer | undefined;
  #trouble = "";
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: LanOptions, kept: KeptLan | undefined) {
    this.#options = options;
    this.#kept = kept ?? NO_LAN;
    this.#browsers = new PairedBrowsers(options.nowMs, this.#kept.browsers);
    if (kept === undefined) {
      this.#trouble = "A newer Peernet wrote these settings, or they are damaged: it stays closed.";
    }
  }

  /** Reads what is kept. @throws DiskError */
  static async load(options: LanOptions): Promise<LanConsole> {
    return new LanConsole(options, await readLan(options.records));
  }

  /** The port that is open to the local network; 0 where none is. */
  get openPort(): number {
    return this.#server?.port ?? 0;
  }

  /** Opens it if it was open before, for these calls. A port that is taken is told in `body`. */
  start(routes: readonly Route[]): Promise<void> {
    this.#routes = routesForBrowsers(routes);
    return this.#inTurn(async () => {
      if (!this.#kept.isOpen) return;
      const { certificate } = this.#kept;
      try {
        await this.#open(this.#kept.port);
        // A process that is killed later is to come back with the one that browsers have seen.
        if (this.#kept.certificate !== certificate) await this.#keep({});
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error);
        this.#options.log.warn("console not open to the local network", { why: this.#trouble });
      }
    });
  }

  /** How it stands. */
  body(): LanBody {
    const { port, certificate, certificateEndsAtMs } = this.#kept;
    return {
      ...{ isOpen: this.#server !== undefined, port, addresses: this.#near(), certificateEndsAtMs },
      fingerprint: certificate === "" ? "" : fingerprintOf(certificate),
      browsers: this.#browsers.list().map(({ hash: _, ...browser }) => {
        return { ...browser, isConnected: (this.#connections.get(browser.id)?.size ?? 0) > 0 };
      }),
      trouble: this.#trouble,
    };
  }

  /**
   * Opens or closes it, also for the next starts. Paired browsers stay so.
   * @param port 0: the one that it had, or any free one
   * @throws ApiError("conflict") where the port is taken, DiskError
   */
  set(isOpen: boolean, port: number): Promise<LanBody> {
    return this.#inTurn(async () => {
      this.#mustBeReadable();
      const wanted = port === 0 ? this.#kept.port : port;
      if (isOpen && (this.#server === undefined || wanted !== this.#server.port)) {
        await this.#open(wanted);
      }
      if (!isOpen) await this.#close();
      this.#trouble = "";
      await this.#keep({ isOpen });
      return this.body();
    });
  }

  /** A link that pairs one browser, for each address. @throws ApiError("conflict") where it is closed */
  links(): LanLinksBody {
    if (this.#server === undefined) {
      throw new ApiError(
        "conflict",
        "The console is not open to the local network. Open it first.",
      );
    }
    const { port } = this.#server;
    const { code, expiresAtMs } = this.#browsers.makeCode();
    const links = this.#near().map((address) => `https://${hostOf(address)}:${port}/#pair=${code}`);
    return { links, expiresAtMs, fingerprint: fingerprintOf(this.#kept.certificate) };
  }

  /** @throws ApiError "unauthorized" where the code is not good, "conflict" above LAN_BROWSERS_MAX */
  pair(code: string, name: string): Promise<LanPairedBody> {
    return this.#add(name, (called) => this.#browsers.pair(code, called));
  }

  /** A token for a browser of this machine, good beyond this run. @throws ApiError("conflict") */
  addHere(name: string): Promise<LanPairedBody> {
    return this.#add(name, (called) => this.#browsers.add(called, true));
  }

  /** Whether a token is that of a browser of this machine. */
  admitsHere(token: string, socket: Socket): boolean {
    const browser = this.#browsers.find(token, true);
    if (browser !== undefined) this.#note(browser.id, socket);
    return browser !== undefined;
  }

  #add(
    wanted: string,
    make: (name: string) => { readonly token: string; readonly browser: KeptBrowser },
  ): Promise<LanPairedBody> {
    return this.#inTurn(async () => {
      this.#mustBeReadable();
      const name = wanted.trim() === "" ? NAME_DEFAULT : wanted.trim();
      const { token, browser } = make(name);
      try {
        await this.#keep({});
      } catch (error) {
        this.#browsers.remove(browser.id);
        throw error;
      }
      return { token, name };
    });
  }

  /** Takes a browser's token back and ends its connections. @throws ApiError("not-found"), DiskError */
  remove(id: string): Promise<LanBody> {
    return this.#inTurn(async () => {
      if (!this.#browsers.remove(id)) {
        throw new ApiError("not-found", "No such browser is paired.");
      }
      for (const socket of this.#connections.get(id) ?? []) socket.destroy();
      await this.#keep({});
      return this.body();
    });
  }

  /** Closes the port; it is open again at the next start. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#close();
      // When they were here last.
      if (this.#browsers.list().length > 0) await this.#keep({}).catch(() => undefined);
    });
  }

  #near(): readonly string[] {
    const { addresses, meshAddress } = this.#options;
    return addresses().filter((address) => isOffered(address, meshAddress));
  }

  async #open(port: number): Promise<void> {
    const { consoleDirectory, log, requestTimeoutMs, meshAddress } = this.#options;
    const { key, certificate } = this.#renewed();
    const near = (local: string, remote: string): boolean => isNear(local, remote, meshAddress);
    const server = await startApiServer({
      ...{ routes: this.#routes, token: "", port, consoleDirectory, log },
      openPaths: [OPEN_API_PATH, PAIR_PATH],
      lan: { door: this.#door(), key, certificate, isNear: near },
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    });
    await this.#close();
    this.#server = server;
    this.#kept = { ...this.#kept, port: server.port };
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  /** A new key and certificate where there is none, or one that ends soon or has not begun. */
  #renewed(): KeptLan {
    const nowMs = this.#options.nowMs();
    const leftMs = this.#kept.certificateEndsAtMs - nowMs;
    // One that ends too late was made by a clock that was ahead: it has not begun yet.
    if (leftMs < LAN_CERTIFICATE_RENEW_MS || leftMs > LAN_CERTIFICATE_LIFE_MS) {
      const certificateEndsAtMs = nowMs - DAY_MS + LAN_CERTIFICATE_LIFE_MS;
      const made = makeCertificate({
        ...{ name: NAME, addresses: this.#near(), serial: randomBytes(SERIAL_BYTES) },
        // Clocks of phones differ.
        ...{ beginsAtMs: nowMs - DAY_MS, endsAtMs: certificateEndsAtMs },
      });
      this.#kept = { ...this.#kept, ...made, certificateEndsAtMs };
    }
    return this.#kept;
  }

  #door(): Door {
    return {
      scheme: "https",
      hostsOf: ({ localAddress = "" }, port) => [`${hostOf(undressed(localAddress))}:${port}`],
      admits: (token, socket) => {
        const browser = this.#browsers.find(token, false);
        if (browser !== undefined) this.#note(browser.id, socket);
        return browser !== undefined;
      },
      // Addresses are written down by programs in between, and kept by browsers.
      takesTokenInQuery: false,
      advice: "Pair this browser at the peer: 'peernet console --lan', or in its settings.",
    };
  }

  /** Whose connection it is, so that it ends with their token. */
  #note(id: string, socket: Socket): void {
    const open = this.#connections.get(id) ?? new Set();
    if (open.has(socket)) return;
    this.#connections.set(id, open.add(socket));
    socket.once("close", () => {
      open.delete(socket);
      if (open.size === 0 && this.#connections.get(id) === open) this.#connections.delete(id);
    });
  }

  #keep(change: Partial<KeptLan>): Promise<void> {
    this.#mustBeReadable();
    this.#kept = { ...this.#kept, ...change, browsers: this.#browsers.list() };
    return writeLan(this.#options.records, this.#kept);
  }

  /** What could not be read is not written over. */
  #mustBeReadable(): void {
    if (this.#kept === NO_LAN && this.#trouble !== "") {
      throw new ApiError("conflict", this.#trouble);
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
