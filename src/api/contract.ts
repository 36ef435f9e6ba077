/**
 * The local HTTP API, version 1, as types. Base path `/v1`, JSON in and out, bearer token on every
 * call (`Authorization: Bearer …`; the events stream and object downloads also take `?token=`).
 * Errors: status >= 400 and an `ApiErrorBody`. The OpenAPI page is generated from `routes.ts`.
 */

import type { GroupMessageBody } from "./contract-chats.ts";
import type { FindingCode } from "./contract-findings.ts";
import type { VirtualInterfaceBody } from "./contract-interface.ts";
import type { DeliveryBody, MessageFileBody } from "./contract-messages.ts";
import type { InvoiceBody, MoneyReceivedBody, PaymentBody } from "./contract-money.ts";
import type { ApiReasonBody } from "./contract-reasons.ts";
import type { StoreSummary } from "./contract-store.ts";

/** Body of every failed call. */
export interface ApiErrorBody {
  readonly error: {
    readonly code: ApiErrorCode;
    readonly message: string;
    /** The message for programs that say it in other words; absent where only the message tells. */
    readonly reason?: ApiReasonBody;
  };
}

/** What may go wrong with a call. */
export type ApiErrorCode =
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "bad-request"
  | "bad-method"
  | "bad-range"
  | "too-slow"
  | "too-large"
  | "conflict"
  | "unavailable"
  | "disk-full"
  | "timeout"
  | "internal";

/** GET /v1/status */
export interface StatusBody {
  readonly version: string;
  readonly name: string;
  /** Address as people see it: IPv6 text such as fd12:3456:… */
  readonly address: string;
  readonly peerId: string;
  readonly personId: string;
  /** Whether another device of this person took this one out: contacts refuse what comes from it. */
  readonly isRevoked: boolean;
  /** Since when the picture that this person shows is as it is; null: there is none. */
  readonly pictureAtMs: number | null;
  readonly home: string;
  readonly uptimeMs: number;
  readonly listening: readonly string[];
  readonly neighbourCount: number;
  readonly reachableCount: number;
  readonly contactCount: number;
  readonly unreadCount: number;
  readonly messagesWaiting: number;
  readonly store: StoreSummary;
  readonly memory: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly externalBytes: number;
  };
  /** Absent where the peer was started without one. */
  readonly virtualInterface?: VirtualInterfaceBody;
}

/** A direct neighbour. */
export interface NeighbourBody {
  readonly peerId: string;
  readonly address: string;
  readonly name: string;
  readonly cost: number;
  readonly roundTripMs: number | null;
  readonly deliveryRatio: number;
  /** Largest frame that has proven to arrive there, in bytes; larger packets are cut. */
  readonly frameBytes: number;
  readonly suspect: boolean;
  readonly endpoints: readonly string[];
}

/** A known peer, direct or over others. */
export interface KnownPeerBody {
  readonly peerId: string;
  readonly address: string;
  readonly name: string;
  /** The contact's petname where the peer belongs to one. */
  readonly contact: string | null;
  readonly hops: number;
  readonly metric: number;
  readonly nextHop: string;
  readonly alternate: string | null;
}

/** GET /v1/peers */
export interface PeersBody {
  readonly neighbours: readonly NeighbourBody[];
  readonly peers: readonly KnownPeerBody[];
}

/** GET /v1/map: what is known of the mesh from here, by asking the peers (cached, bounded). */
export interface MapBody {
  readonly self: string;
  readonly peers: readonly {
    readonly peerId: string;
    readonly name: string;
    readonly hops: number;
    readonly contact: string | null;
  }[];
  readonly links: readonly MapLinkBody[];
}

/** A link between two peers, as the end of it that thinks better of it tells. */
export interface MapLinkBody {
  readonly a: string;
  readonly b: string;
  /** Quantised log scale, 1 (best) … 4095; a quiet cable has 25. */
  readonly cost: number;
  readonly roundTripMs: number | null;
  /** Share of probes answered lately, 0 … 1. */
  readonly deliveryRatio: number;
}

/** One finding of GET /v1/doctor (and of the offline checks that the CLI makes). */
export interface FindingBody {
  /** What it means, for programs that say it in other words; null where only the words tell. */
  readonly code: FindingCode | null;
  /** What the code is about: names, numbers and times in milliseconds. */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly id: string;
  readonly level: "ok" | "hint" | "problem";
  readonly title: string;
  /** What to do next; empty when ok. */
  readonly advice: string;
}

/** GET /v1/doctor */
export interface DoctorBody {
  readonly findings: readonly FindingBody[];
}

/** GET /v1/diagnostics: counters since the start, which only grow, and gauges; for benches and reports. */
export interface DiagnosticsBody {
  /** Wall time at which the last of this peer's sockets was open, in milliseconds. */
  readonly socketsOpenAtMs: number;
  readonly ways: {
    /** Neighbours that fell silent under traffic, each time anew. */
    readonly suspicions: number;
    readonly neighboursLost: number;
    /** Times that packets for a reachable peer began to leave by another neighbour. */
    readonly wayChanges: number;
  };
  /** Counters of the link room by name. */
  readonly link: Readonly<Record<string, unknown>>;
  /** Counters of the routing room by name. */
  readonly routing: Readonly<Record<string, unknown>>;
}

/** GET /v1/traffic: what has passed this peer's links since its start. */
export interface TrafficBody {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** When this was read, in milliseconds on a clock that only goes forward. */
  readonly atMs: number;
}

/** POST /v1/invites {addresses?, uses?, days?} -> 201; addresses false: keys only, to be met through the mesh. */
export interface InviteBody {
  readonly link: string;
  readonly expiresAtMs: number;
}

/** POST /v1/contacts {link, petname?} -> 201; GET /v1/contacts -> ContactBody[] */
export interface ContactBody {
  readonly personId: string;
  readonly petname: string;
  /** "asked": our request has not been answered yet; "met": both sides have each other. */
  readonly state: "asked" | "met";
  readonly reachable: boolean;
  readonly hops: number | null;
  readonly unreadCount: number;
  readonly addedAtMs: number;
  /** How you met, in a sentence. */
  readonly howMet: string;
  readonly verified: boolean;
  readonly blocked: boolean;
  /** Since when the picture that they show of themselves is as it is; null: there is none. */
  readonly pictureAtMs: number | null;
}

/** POST /v1/messages {to, text, replyTo?, file?} -> 201 MessageBody; GET /v1/messages?with=&after=&before=&limit= -> MessagesBody */
export interface MessageBody {
  /** Unique on this peer; also the paging key. */
  readonly id: string;
  readonly contact: string;
  readonly personId: string;
  readonly direction: "in" | "out";
  readonly text: string;
  /** "unreadable" and "newer" (of a kind that only a newer Peernet knows): the text is a notice. */
  readonly kind: "text" | "file" | "unreadable" | "newer";
  /** Id of the message that it answers, where that is here. */
  readonly replyTo?: string;
  readonly file?: MessageFileBody;
  /** For outgoing ones: how far it is on its way to each device. */
  readonly deliveries?: readonly DeliveryBody[];
  readonly sentAtMs: number;
  /** Outgoing: waiting -> delivered -> read; sent by another device of mine: sent. Incoming: unread -> read. */
  readonly state: "waiting" | "delivered" | "sent" | "unread" | "read";
  readonly deliveredAtMs: number | null;
}

/** GET /v1/messages */
export interface MessagesBody {
  readonly messages: readonly MessageBody[];
}

/** POST /v1/ping {to} -> PingBody */
export interface PingBody {
  readonly peerId: string;
  readonly roundTripMs: number | null;
  readonly hops: number;
}

/** GET /v1/trace?to=: the peers on the way, the target last, asked hop by hop. */
export interface TraceBody {
  readonly hops: readonly TraceHopBody[];
  /** Whether the last hop is the target. */
  readonly complete: boolean;
}

/** One peer on the way. */
export interface TraceHopBody {
  readonly peerId: string;
  readonly name: string;
  /** Cost of the link that leads to it. */
  readonly cost: number;
  /** From here to it and back, end to end, the best of a few; null: it did not answer. */
  readonly roundTripMs: number | null;
  /** How much of that is due to the last link; null where a round trip is not known. */
  readonly addedMs: number | null;
  /** Where the peer before it would send a packet if this one failed; null: nowhere. */
  readonly backup: { readonly peerId: string; readonly name: string } | null;
}

/** GET /v1/explain?to=: why packets go where they go, or why they go nowhere. */
export interface ExplainBody {
  /** What was asked for. */
  readonly to: string;
  /** Null where the name is not known. */
  readonly peerId: string | null;
  readonly name: string | null;
  readonly verdict: ExplainVerdict;
  /** The verdict in a sentence. */
  readonly summary: string;
  /** What can be done; empty where nothing needs to be. */
  readonly advice: string;
  /** What the neighbours offer, least cost first. */
  readonly candidates: readonly CandidateBody[];
  /** The best distance ever told to others; only what is better is proven to be free of loops. */
  readonly feasibleDistance: { readonly seqno: number; readonly metric: number } | null;
  /** The sequence number that is being asked for so that a way becomes usable. */
  readonly requestedSeqno: number | null;
}

/** What became of a destination. */
export type ExplainVerdict =
  | "self"
  | "reachable"
  /** Only the backup is left. */
  | "detour"
  /** It has been announced, but its record with its keys is still being fetched. */
  | "introducing"
  /** Neighbours offer ways, but none may be used now. */
  | "no-usable-way"
  /** It was in reach a while ago. */
  | "lost"
  | "no-neighbours"
  /** Beyond what this peer keeps ways to, but its locator says where it is. */
  | "located"
  /** Beyond what this peer keeps ways to, or not there at all: its locator was not found. */
  | "beyond-table"
  | "never-heard-of"
  | "no-device"
  | "unknown-name";

/** A way that a neighbour offers. */
export interface CandidateBody {
  readonly neighbour: string;
  readonly name: string;
  /** What the neighbour says of its own distance. */
  readonly metric: number;
  /** With the link to it. */
  readonly total: number;
  readonly hops: number;
  readonly feasible: boolean;
  readonly suspect: boolean;
  readonly viaUs: boolean;
  readonly proven: boolean;
  readonly role: "in use" | "backup" | "spare" | "not usable";
  /** Why it has that role. */
  readonly why: string;
}

/** POST /v1/links {endpoint} -> 202: dial by hand. */
export interface LinkRequestBody {
  readonly endpoint: string;
}

/**
 * GET /v1/events: server-sent events. `event:` is the type, `data:` the JSON below. The first
 * event is `hello`. Nothing is replayed: after (re)connecting, fetch the views anew.
 */
export interface EventBodies {
  readonly hello: { readonly peerId: string };
  readonly "neighbour-up": { readonly peerId: string };
  readonly "neighbour-down": { readonly peerId: string; readonly reason: string };
  readonly "peer-reachable": { readonly peerId: string };
  readonly "peer-unreachable": { readonly peerId: string };
  readonly "contact-changed": { readonly personId: string };
  /** Requests from strangers, or introductions begun here, are others now. */
  readonly "requests-changed": Readonly<Record<string, never>>;
  readonly message: MessageBody;
  readonly "message-state": { readonly id: string; readonly state: MessageBody["state"] };
  /** Messages of the past came from another device of yours; fetch conversations anew after the last. */
  readonly "messages-past": { readonly count: number; readonly isLast: boolean };
  /** A message came in a group, or another device of yours wrote one. */
  readonly "group-message": GroupMessageBody;
  /** A message of yours to a group has come further on its way, or one in a group was read. */
  readonly "group-message-state": GroupMessageBody;
  /** Somebody asked to hold letters for them, agreed, refused or stopped. */
  readonly "anchor-changed": { readonly peerId: string };
  /** Progress of put, get, spread and repair; `done` of `total` in units of stripes or fragments. */
  readonly progress: {
    readonly job: string;
    readonly kind: "put" | "get" | "spread" | "repair";
    readonly link: string;
    readonly done: number;
    readonly total: number;
  };
  readonly "object-changed": { readonly link: string };
  /** Something about the devices of a contact, or of this person, has changed. */
  readonly "devices-changed": { readonly personId: string };
  /** A folder is new here, its content has changed, or it is gone. */
  readonly "folder-changed": { readonly id: string };
  /** A group is new here, something about it has changed, or it is gone. */
  readonly "group-changed": { readonly id: string };
  /** A line of money is new here, or something about it has changed. */
  readonly "line-changed": { readonly id: string };
  /** Something about a community currency is new here. */
  readonly "community-changed": { readonly id: string };
  /** A partner paid over a line with them, by no request. */
  readonly "money-received": MoneyReceivedBody;
  /** A request of yours is being paid, was paid or withdrawn. */
  readonly "money-request": InvoiceBody;
  /** A payment of yours by a request began, got on, waits, was paid or failed. */
  readonly "money-payment": PaymentBody;
}

/*
 * Further routes:
 *   GET  /v1/objects/{link}          the object's bytes (streamed; 503 "unavailable" when < k fragments answer;
 *                                    with Range: bytes=a-b only those, 206, from their stripes alone)
 *   GET  /v1/objects/{link}/preview  what the layers that can be had show, see PREVIEW_HEADER
 *   GET  /v1/objects/{link}/health   ObjectHealth, asking the peers anew
 *   POST /v1/objects/{link}/repair   re-creates missing fragments -> 202 ObjectBody
 *   POST /v1/messages/read {with}    marks a conversation read -> 204
 *   POST /v1/stop                    stops the peer -> 202
 *   GET  /v1/openapi.json            this contract for machines (needs no token)
 *   GET  /                           the console (needs no token; the page gets it from the URL's fragment #token=…)
 */
