import type { PeerId } from "../../../identity/index.ts";
import type { Edge } from "../edge.ts";
import type { EdgeName } from "../ledger.ts";
import type { StrangerSettings } from "../settings.ts";
import type { StrangerRequest, TrayAnswer } from "../types.ts";

/** A request in the tray of another own device, or this one's. */
export interface TrayRequest extends StrangerRequest {
  /** The other own device to which it came; undefined: this one. */
  readonly device: PeerId | undefined;
}

/** An answer to a request in another own device's tray, until that device has carried it out. */
export interface GivenAnswer {
  readonly id: string;
  readonly answer: TrayAnswer;
  /** One's own name for whoever is accepted. */
  readonly petname: string | undefined;
}

/** The same as people see it. */
export interface WaitingAnswer {
  readonly answer: TrayAnswer;
  /** The own device that has to hear it. */
  readonly device: PeerId;
  readonly request: StrangerRequest;
}

/** How an edge stands on a device. */
export interface HeldEdge {
  readonly name: EdgeName;
  /** What is held against it. */
  readonly edge: Edge;
  /** Introductions under way over it. */
  readonly underWay: number;
}

/** What the person decided about strangers, and when; 0: never. */
export interface StampedSettings extends StrangerSettings {
  readonly atMs: number;
}

/** What a device tells other own devices of its tray. */
export interface TrayWord {
  readonly requests: readonly StrangerRequest[];
  /** When it showed requests today, wall times. */
  readonly shown: readonly number[];
  readonly settings: StampedSettings;
  readonly held: readonly HeldEdge[];
}

/** What is remembered of another own device's tray. */
export interface OtherTray {
  readonly requests: readonly StrangerRequest[];
  readonly shown: readonly number[];
  /** Introductions under way to it, by edge, and until when that counts. */
  readonly underWay: ReadonlyMap<EdgeName, number>;
  readonly underWayUntilMs: number;
  /** Answers that were given here and that it has to hear. */
  readonly answers: readonly GivenAnswer[];
}

/** Introductions under way to another own device. */
export type UnderWay = Pick<OtherTray, "underWay" | "underWayUntilMs">;

/** What other own devices' trays mean for what is shown here. */
export interface Elsewhere {
  /** When they showed requests, wall times. */
  readonly shown: readonly number[];
  readonly underWay: readonly UnderWay[];
  /** Own devices that show before this one what waited for the next day. */
  readonly before: number;
}
