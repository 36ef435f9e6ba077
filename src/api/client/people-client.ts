import type {
  ContactDetailBody,
  ImportBody,
  PersonCodeBody,
  RequestSettingsBody,
  RequestsBody,
  VerificationBody,
} from "../contract-people.ts";
import { type ApiFetch, type JsonCall, jsonCall } from "./calls.ts";

/** The calls of the local API about contacts, introductions and requests from strangers. */
export class PeopleClient {
  readonly #json: JsonCall;
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
    this.#fetch = fetch;
  }

  /** Requests from strangers and introductions begun here. */
  requests(): Promise<RequestsBody> {
    return this.#json("GET", "/v1/requests");
  }

  /** @param id of the request, or the beginning of it */
  answer(
    id: string,
    answer: "accept" | "decline" | "unwanted",
    petname?: string,
  ): Promise<RequestsBody> {
    const body = { answer, ...(petname === undefined ? {} : { petname }) };
    return this.#json("POST", `/v1/requests/${encodeURIComponent(id)}`, body);
  }

  setRequests(settings: Partial<RequestSettingsBody>): Promise<RequestsBody> {
    return this.#json("PUT", "/v1/request-settings", settings);
  }

  /** @param code `peernet:person/…` of somebody whom contacts of contacts may know */
  ask(code: string, text?: string): Promise<RequestsBody> {
    const body = { code, ...(text === undefined ? {} : { text }) };
    return this.#json("POST", "/v1/introductions/ask", body);
  }

  /** @param who label of a member of the group, or the beginning of their person id */
  knock(group: string, who: string, text?: string): Promise<RequestsBody> {
    const body = { group, who, ...(text === undefined ? {} : { text }) };
    return this.#json("POST", "/v1/introductions/knock", body);
  }

  introduce(one: string, other: string, text?: string): Promise<RequestsBody> {
    const body = { one, other, ...(text === undefined ? {} : { text }) };
    return this.#json("POST", "/v1/introductions", body);
  }

  /** @param who petname, person id or address */
  show(who: string): Promise<ContactDetailBody> {
    return this.#json("GET", pathOf(who));
  }

  async remove(who: string): Promise<void> {
    await this.#fetch("DELETE", pathOf(who), {});
  }

  block(who: string, blocked: boolean): Promise<ContactDetailBody> {
    return this.#json("POST", `${pathOf(who)}/block`, { blocked });
  }

  /** Takes over the new key of a verified contact. */
  confirmKey(who: string): Promise<ContactDetailBody> {
    return this.#json("POST", `${pathOf(who)}/confirm`);
  }

  /** One's own keys as a code that others scan. */
  ownCode(): Promise<PersonCodeBody> {
    return this.#json("GET", "/v1/person");
  }

  words(who: string): Promise<VerificationBody> {
    return this.#json("POST", `${pathOf(who)}/words`);
  }

  verify(
    who: string,
    what: { readonly heard: string } | { readonly scanned: string },
  ): Promise<ContactDetailBody> {
    return this.#json("POST", `${pathOf(who)}/verify`, what);
  }

  async exportFile(format: "json" | "vcard"): Promise<string> {
    return (await this.#fetch("GET", `/v1/contacts-file?format=${format}`, {})).text();
  }

  /** The picture that a contact, a member of a group (by their id) or this person ("me") shows: a small JPEG. */
  async picture(who: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.#fetch("GET", `/v1/pictures/${encodeURIComponent(who)}`, {});
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Shows contacts and members of groups this picture of oneself, a JPEG, PNG, GIF, BMP or WebP; the peer makes it small. */
  async setPicture(file: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#fetch("PUT", "/v1/pictures/me", { body: file });
  }

  async removePicture(): Promise<void> {
    await this.#fetch("DELETE", "/v1/pictures/me", {});
  }

  async importFile(text: string): Promise<ImportBody> {
    const response = await this.#fetch("PUT", "/v1/contacts-file", { body: text });
    return (await response.json()) as ImportBody;
  }
}

function pathOf(who: string): string {
  return `/v1/contacts/${encodeURIComponent(who)}`;
}
