import type { LogLevelName, LogsBody, PlaceBody } from "../contract-logs.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** The calls of the local API about what the peer has written down: its log, and all of it as one file. */
export class RecordsClient {
  readonly #json: JsonCall;
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
    this.#fetch = fetch;
  }

  /** What the peer wrote to its log lately, oldest first. */
  logs(
    wish: {
      readonly level?: LogLevelName;
      /** Words that all stand in a line. */
      readonly find?: string;
      /** Only lines of a greater number. */
      readonly after?: number;
      readonly last?: number;
    } = {},
  ): Promise<LogsBody> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(wish)) query.set(name, String(value));
    return this.#json("GET", `/v1/logs?${query.toString()}`);
  }

  /** Everything that a person can take away, as a ZIP file, as it comes. */
  export(signal?: AbortSignal): Promise<Response> {
    return this.#fetch("GET", "/v1/export", signal === undefined ? {} : { signal });
  }

  /** Where neighbours were that the peer greets at its next start. */
  places(): Promise<readonly PlaceBody[]> {
    return this.#json("GET", "/v1/places");
  }

  /** Forgets them. */
  async forgetPlaces(): Promise<void> {
    await this.#fetch("DELETE", "/v1/places", {});
  }
}
