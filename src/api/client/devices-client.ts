import type { AddingBody, DevicesBody } from "../contract-devices.ts";
import type { ApiFetch } from "./folders-client.ts";

/** The calls of the local API about devices. A device is named by name, address or id. */
export class DevicesClient {
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#fetch = fetch;
  }

  /** @param of a contact; this person without it */
  list(of?: string): Promise<DevicesBody> {
    const query = of === undefined ? "" : `?of=${encodeURIComponent(of)}`;
    return this.#json("GET", `/v1/devices${query}`);
  }

  rename(device: string, name: string): Promise<DevicesBody> {
    return this.#json("POST", "/v1/devices/rename", { device, name });
  }

  revoke(device: string): Promise<DevicesBody> {
    return this.#json("POST", "/v1/devices/revoke", { device });
  }

  /** @param addresses false leaves out of the link where this peer can be dialled */
  openAdding(addresses = true): Promise<AddingBody> {
    return this.#json("POST", "/v1/devices/adding", { addresses });
  }

  adding(): Promise<AddingBody> {
    return this.#json("GET", "/v1/devices/adding");
  }

  /** The words that the new device shows. */
  confirmWords(words: readonly string[]): Promise<AddingBody> {
    return this.#json("POST", "/v1/devices/adding/words", { words });
  }

  async closeAdding(): Promise<void> {
    await this.#fetch("DELETE", "/v1/devices/adding", {});
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    return (await (await this.#fetch(method, path, init)).json()) as T;
  }
}
