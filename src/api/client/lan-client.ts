import type { LanBody, LanLinksBody, LanPairedBody } from "../contract-lan.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** The calls of the local API about browsers of the local network. */
export class LanClient {
  readonly #json: JsonCall;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
  }

  info(): Promise<LanBody> {
    return this.#json("GET", "/v1/lan");
  }

  /** @param port the one that it had, or any free one, where it is left out */
  set(isOpen: boolean, port?: number): Promise<LanBody> {
    return this.#json("PUT", "/v1/lan", { isOpen, ...(port === undefined ? {} : { port }) });
  }

  links(): Promise<LanLinksBody> {
    return this.#json("POST", "/v1/lan/links");
  }

  /** Needs no token where the local network is answered. */
  pair(code: string, name: string): Promise<LanPairedBody> {
    return this.#json("POST", "/v1/lan/pair", { code, name });
  }

  /** A token for this browser, on the peer's own machine. */
  here(name: string): Promise<LanPairedBody> {
    return this.#json("POST", "/v1/lan/here", { name });
  }

  remove(id: string): Promise<LanBody> {
    return this.#json("DELETE", `/v1/lan/browsers/${encodeURIComponent(id)}`);
  }
}
