import {
  type AnchorsBody,
  CARRY_HEADER,
  type CarriedInBody,
  type MessageSettingsBody,
  type WhyBody,
} from "../contract-messages.ts";
import { type ApiFetch, type JsonCall, type JsonSend, jsonCall, jsonSend } from "./calls.ts";

/** A carry file and what is in it. */
export interface CarriedOutFile {
  readonly file: Uint8Array;
  readonly letters: number;
  /** Letters that did not fit. */
  readonly left: number;
}

/** Calls about the way of messages. */
export class PostClient {
  readonly #fetch: ApiFetch;
  readonly #json: JsonCall;
  readonly #send: JsonSend;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
    this.#send = jsonSend(fetch);
    this.#fetch = fetch;
  }

  /** Why a message is where it is, and what to do. */
  why(id: string): Promise<WhyBody> {
    return this.#json("GET", `/v1/messages/why?id=${encodeURIComponent(id)}`);
  }

  settings(): Promise<MessageSettingsBody> {
    return this.#json("GET", "/v1/messages/settings");
  }

  set(settings: MessageSettingsBody): Promise<MessageSettingsBody> {
    return this.#json("PUT", "/v1/messages/settings", settings);
  }

  anchors(): Promise<AnchorsBody> {
    return this.#json("GET", "/v1/anchors");
  }

  /** @param who petname, person id or address */
  anchor(
    act: "ask" | "agree" | "refuse" | "release",
    who: string,
    terms: { readonly bytesMax?: number; readonly days?: number } = {},
  ): Promise<AnchorsBody> {
    return this.#json("POST", "/v1/anchors", { act, who, ...terms });
  }

  /** The letters that wait here as a file. */
  async carryOut(
    options: { readonly to?: string; readonly bytesMax?: number } = {},
  ): Promise<CarriedOutFile> {
    const response = await this.#send("POST", "/v1/carry/out", options);
    const [letters = "0", left = "0"] = (response.headers.get(CARRY_HEADER) ?? "").split(" ");
    const file = new Uint8Array(await response.arrayBuffer());
    return { file, letters: Number(letters), left: Number(left) };
  }

  async carryIn(file: Uint8Array): Promise<CarriedInBody> {
    const response = await this.#fetch("POST", "/v1/carry/in", {
      body: file as Uint8Array<ArrayBuffer>,
    });
    return (await response.json()) as CarriedInBody;
  }
}
