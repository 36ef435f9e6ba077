import { TypedError } from "../../base/errors.ts";
import type {
  ApiErrorBody,
  ApiErrorCode,
  ContactBody,
  DiagnosticsBody,
  DoctorBody,
  EventBodies,
  ExplainBody,
  InviteBody,
  MapBody,
  MessageBody,
  MessagesBody,
  PeersBody,
  PingBody,
  StatusBody,
  TraceBody,
  TrafficBody,
} from "../contract.ts";
import type {
  ForwardBody,
  GatewayBody,
  ProxyBody,
  RuleBody,
  ServedBody,
  ShareBody,
  SpeedBody,
  UplinkBody,
} from "../contract-gateway.ts";
import type { AuditBody, KeepingBody } from "../contract-keeping.ts";
import type { MessageFileBody } from "../contract-messages.ts";
import type { MountBody, MountsBody } from "../contract-mounts.ts";
import type { ApiReasonBody } from "../contract-reasons.ts";
import type { ObjectBody, ObjectHealth, ObjectsBody } from "../contract-store.ts";
import { type ApiFetch, type JsonCall, type JsonSend, jsonCall, jsonSend } from "./calls.ts";
import { ChatsClient } from "./chats-client.ts";
import { CommunitiesClient } from "./communities-client.ts";
import { DevicesClient } from "./devices-client.ts";
import { type PeerEvent, parseEvents } from "./events.ts";
import { FoldersClient } from "./folders-client.ts";
import { GroupsClient } from "./groups-client.ts";
import { LanClient } from "./lan-client.ts";
import { MoneyClient } from "./money-client.ts";
import { PeopleClient } from "./people-client.ts";
import { PostClient } from "./post-client.ts";
import { RecordsClient } from "./records-client.ts";

/** A call that the peer refused, or that did not reach it ("unavailable"). */
export class ClientError extends TypedError<ApiErrorCode> {
  override readonly name = "ClientError";
  /** The message as a code with what it is about, where the peer tells one. */
  readonly reason: ApiReasonBody | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly reason?: ApiReasonBody | undefined },
  ) {
    super(code, message, options);
    this.reason = options?.reason;
  }
}

/** How a client reaches its peer. */
export interface ClientOptions {
  /** Such as `http://127.0.0.1:4710`. */
  readonly url: string;
  readonly token: string;
  /** Makes the calls; the platform's own where it is left out. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** How an object is to be stored; the usual without it. */
export interface ObjectWriteOptions {
  /** Media type. */
  readonly type?: string;
  /** `home`, `default` or `wide`. */
  readonly code?: string;
  /** `flat`, or layers such as `preview@3:1200,body@10:40000,body@20`. */
  readonly layers?: string;
}

/** Every call of the local API, for the command line, the console and tests. */
export class ApiClient {
  readonly #options: ClientOptions;
  readonly #json: JsonCall;
  readonly #call: JsonSend;
  /** Calls about devices. */
  readonly devices: DevicesClient;
  /** Calls about folders. */
  readonly folders: FoldersClient;
  /** Calls about contacts, introductions and requests from strangers. */
  readonly people: PeopleClient;
  /** Calls about the way of messages: why, anchors, files carried by hand. */
  readonly post: PostClient;
  /** Calls about chats of groups. */
  readonly chats: ChatsClient;
  /** Calls about private groups. */
  readonly groups: GroupsClient;
  /** Calls about browsers on the local network. */
  readonly lan: LanClient;
  /** Calls about currencies, lines and payments. */
  readonly money: MoneyClient;
  /** Calls about the log, and about everything as one file. */
  readonly records: RecordsClient;
  /** Calls about community currencies. */
  readonly communities: CommunitiesClient;

  constructor(options: ClientOptions) {
    this.#options = options;
    const fetch: ApiFetch = (method, path, init) => this.#fetch(method, path, init);
    this.#json = jsonCall(fetch);
    this.#call = jsonSend(fetch);
    this.devices = new DevicesClient(fetch);
    this.folders = new FoldersClient(fetch);
    this.people = new PeopleClient(fetch);
    this.post = new PostClient(fetch);
    this.chats = new ChatsClient(fetch);
    this.groups = new GroupsClient(fetch);
    this.lan = new LanClient(fetch);
    this.money = new MoneyClient(fetch);
    this.records = new RecordsClient(fetch);
    this.communities = new CommunitiesClient(fetch);
  }

  status(): Promise<StatusBody> {
    return this.#json("GET", "/v1/status");
  }

  peers(): Promise<PeersBody> {
    return this.#json("GET", "/v1/peers");
  }

  map(): Promise<MapBody> {
    return this.#json("GET", "/v1/map");
  }

  doctor(): Promise<DoctorBody> {
    return this.#json("GET", "/v1/doctor");
  }

  diagnostics(): Promise<DiagnosticsBody> {
    return this.#json("GET", "/v1/diagnostics");
  }

  traffic(): Promise<TrafficBody> {
    return this.#json("GET", "/v1/traffic");
  }

  /**
   * @param addresses false leaves out where this peer can be dialled: it is met through the mesh
   * @param wish how many people it lets in, and for how many days
   */
  createInvite(
    addresses = true,
    wish: { readonly uses?: number; readonly days?: number } = {},
  ): Promise<InviteBody> {
    return this.#json("POST", "/v1/invites", { addresses, ...wish });
  }

  contacts(): Promise<readonly ContactBody[]> {
    return this.#json("GET", "/v1/contacts");
  }

  addContact(link: string, petname?: string): Promise<ContactBody> {
    return this.#json("POST", "/v1/contacts", {
      link,
      ...(petname === undefined ? {} : { petname }),
    });
  }

  /** @param who petname, person id or address */
  renameContact(who: string, petname: string): Promise<ContactBody> {
    return this.#json("POST", "/v1/contacts/rename", { who, petname });
  }

  /** @param to petname, person id or address; `replyTo`: id of the message that it answers */
  sendMessage(
    to: string,
    text: string,
    more: { readonly replyTo?: string; readonly file?: MessageFileBody } = {},
  ): Promise<MessageBody> {
    return this.#json("POST", "/v1/messages", { to, text, ...more });
  }

  /** Newest last. */
  messages(query: {
    readonly with?: string;
    readonly after?: string;
    readonly before?: string;
    readonly limit?: number;
  }): Promise<MessagesBody> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
    return this.#json("GET", `/v1/messages?${parameters.toString()}`);
  }

  async markRead(from: string): Promise<void> {
    await this.#call("POST", "/v1/messages/read", { with: from });
  }

  objects(): Promise<ObjectsBody> {
    return this.#json("GET", "/v1/objects");
  }

  /** Stores bytes; answers when all of them are on this peer's disk. */
  async putObject(
    name: string,
    body: NonNullable<RequestInit["body"]>,
    options: ObjectWriteOptions = {},
  ): Promise<ObjectBody> {
    const query = new URLSearchParams({ name, ...options });
    const path = `/v1/objects?${query.toString()}`;
    const response = await this.#fetch("PUT", path, { body, duplex: "half" });
    return (await response.json()) as ObjectBody;
  }

  /** The object's bytes as they come; `content-length` tells how many. */
  getObject(link: string, signal?: AbortSignal): Promise<Response> {
    const init = signal === undefined ? {} : { signal };
    return this.#fetch("GET", `/v1/objects/${encodeURIComponent(link)}`, init);
  }

  /**
   * What the layers that can be had show; PREVIEW_HEADER tells which they are.
   * @param query `layers`: at most so many; `survivors`: as if only so many fragments were left
   */
  previewObject(
    link: string,
    query: { readonly layers?: number; readonly survivors?: number } = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
    const path = `/v1/objects/${encodeURIComponent(link)}/preview?${parameters.toString()}`;
    return this.#fetch("GET", path, signal === undefined ? {} : { signal });
  }

  objectHealth(link: string): Promise<ObjectHealth> {
    return this.#json("GET", `/v1/objects/${encodeURIComponent(link)}/health`);
  }

  repairObject(link: string): Promise<ObjectBody> {
    return this.#json("POST", `/v1/objects/${encodeURIComponent(link)}/repair`, {});
  }

  mounts(): Promise<MountsBody> {
    return this.#json("GET", "/v1/mounts");
  }

  /** @param folder name or id; port on 127.0.0.1, 0 for any free one */
  mount(folder: string, port = 0): Promise<MountBody> {
    return this.#json("POST", "/v1/mounts", { folder, port });
  }

  async unmount(folder: string): Promise<void> {
    await this.#call("DELETE", `/v1/mounts/${encodeURIComponent(folder)}`);
  }

  /** What is kept for others and by others. */
  keeping(): Promise<KeepingBody> {
    return this.#json("GET", "/v1/keeping");
  }

  setQuota(quotaBytes: number): Promise<KeepingBody> {
    return this.#json("PUT", "/v1/keeping/quota", { quotaBytes });
  }

  async pinObject(link: string): Promise<void> {
    await this.#call("POST", `/v1/objects/${encodeURIComponent(link)}/pin`, {});
  }

  async unpinObject(link: string): Promise<void> {
    await this.#call("DELETE", `/v1/objects/${encodeURIComponent(link)}`);
  }

  auditObject(link: string): Promise<AuditBody> {
    return this.#json("POST", `/v1/objects/${encodeURIComponent(link)}/audit`, {});
  }

  ping(to: string): Promise<PingBody> {
    return this.#json("POST", "/v1/ping", { to });
  }

  trace(to: string): Promise<TraceBody> {
    return this.#json("GET", `/v1/trace?to=${encodeURIComponent(to)}`);
  }

  explain(to: string): Promise<ExplainBody> {
    return this.#json("GET", `/v1/explain?to=${encodeURIComponent(to)}`);
  }

  gateway(): Promise<GatewayBody> {
    return this.#json("GET", "/v1/gateway");
  }

  /** Makes a rule, or with `remove` takes one back. */
  access(rule: {
    readonly verdict: "allow" | "deny";
    readonly who: string;
    readonly reach: string;
    readonly protocol?: "tcp" | "udp" | "any";
    readonly remove?: boolean;
  }): Promise<RuleBody> {
    return this.#json("POST", "/v1/access", rule);
  }

  serve(served: {
    readonly port: number;
    readonly name?: string;
    readonly to: readonly string[];
  }): Promise<ServedBody> {
    return this.#json("POST", "/v1/served", served);
  }

  /** @param which port or name */
  async unserve(which: string): Promise<void> {
    await this.#call("DELETE", `/v1/served/${encodeURIComponent(which)}`);
  }

  /** @param port on 127.0.0.1, 0 for any free one; `to` is a port or the name of a service */
  forward(port: number, who: string, to: string): Promise<ForwardBody> {
    return this.#json("POST", "/v1/forwards", { port, who, to });
  }

  async unforward(port: number): Promise<void> {
    await this.#call("DELETE", `/v1/forwards/${port}`);
  }

  openProxy(port?: number): Promise<ProxyBody> {
    return this.#json("POST", "/v1/proxy", port === undefined ? {} : { port });
  }

  async closeProxy(): Promise<void> {
    await this.#call("DELETE", "/v1/proxy");
  }

  shareUplink(share: {
    readonly to: string;
    readonly quotaBytes?: number;
    readonly rateBits?: number;
    readonly alsoTo?: readonly string[];
    readonly fullTunnel?: boolean;
    readonly meteredOk?: boolean;
  }): Promise<ShareBody> {
    return this.#json("POST", "/v1/uplink/share", share);
  }

  useUplink(who: string, fullTunnel = false): Promise<UplinkBody> {
    return this.#json("POST", "/v1/uplink/use", { who, fullTunnel });
  }

  uplinkOff(what: "share" | "use" | "all"): Promise<UplinkBody> {
    return this.#json("POST", "/v1/uplink/off", { what });
  }

  speed(to: string, seconds: number): Promise<SpeedBody> {
    return this.#json("POST", "/v1/speed", { to, seconds });
  }

  async addLink(endpoint: string): Promise<void> {
    await this.#call("POST", "/v1/links", { endpoint });
  }

  async stop(): Promise<void> {
    await this.#call("POST", "/v1/stop", {});
  }

  /** What happens on the peer, as it happens, until the signal fires or the peer ends. */
  async *events(signal?: AbortSignal): AsyncGenerator<PeerEvent<keyof EventBodies>> {
    const response = await this.#fetch("GET", "/v1/events", signal === undefined ? {} : { signal });
    if (response.body !== null) yield* parseEvents(response.body);
  }

  async #fetch(method: string, path: string, init: Parameters<ApiFetch>[2]): Promise<Response> {
    const headers = new Headers(init.headers);
    const { url, token, fetch: call = fetch } = this.#options;
    headers.set("authorization", `Bearer ${token}`);
    const request = { ...init, method, headers };
    const response = await call(url + path, request).catch((cause: unknown) => {
      if (init.signal?.aborted === true) throw cause;
      const message = `No peer answers at ${url}. Start it with 'peernet up'.`;
      throw new ClientError("unavailable", message, { cause, reason: { code: "no-answer" } });
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  }
}

async function errorOf(response: Response): Promise<ClientError> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as ApiErrorBody;
    return new ClientError(error.code, error.message, { reason: error.reason });
  } catch {
    return new ClientError("internal", `The peer answered with status ${response.status}.`);
  }
}
