import type {
  AddingBody,
  DevicesBody,
  RecoveryBody,
  RecoveryWordsBody,
} from "../contract-devices.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** The calls of the local API about devices. A device is named by name, address or id. */
export class DevicesClient {
  readonly #json: JsonCall;
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
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

  /** Gives another device the messages of late. */
  giveHistory(device: string): Promise<DevicesBody> {
    return this.#json("POST", "/v1/devices/history", { device });
  }

  /**
   * @param addresses false leaves out of the link where this peer can be dialled
   * @param history false: the new device is not given messages of the past
   */
  openAdding(addresses = true, history = true): Promise<AddingBody> {
    return this.#json("POST", "/v1/devices/adding", { addresses, history });
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

  recovery(): Promise<RecoveryBody> {
    return this.#json("GET", "/v1/recovery");
  }

  /** The 24 words, as long as they have not been confirmed. */
  async recoveryWords(): Promise<readonly string[]> {
    return (await this.#json<RecoveryWordsBody>("POST", "/v1/recovery/words")).words;
  }

  /** The recovery words at the places that `recovery` asks for. */
  confirmRecovery(words: readonly string[]): Promise<RecoveryBody> {
    return this.#json("POST", "/v1/recovery/confirm", { words });
  }

  /** @param friends contacts; nobody takes it back */
  shareRecovery(friends: readonly string[], need: number): Promise<RecoveryBody> {
    return this.#json("POST", "/v1/recovery/friends", { friends, need });
  }

  /** @param who the contact who asks for help by this link */
  approve(link: string, who: string): Promise<RecoveryBody> {
    return this.#json("POST", "/v1/recovery/approve", { link, who });
  }

  /** The words that the friend reads out. */
  approveWords(words: readonly string[]): Promise<RecoveryBody> {
    return this.#json("POST", "/v1/recovery/approve/words", { words });
  }

  async cancelApproval(): Promise<void> {
    await this.#fetch("DELETE", "/v1/recovery/approve", {});
  }
}
