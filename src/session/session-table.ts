import type { Initiation } from "./handshake.ts";
import { UNCONFIRMED_SESSIONS_MAX } from "./limits.ts";
import { Session } from "./session.ts";

/** All sessions and handshakes under way, by the index that packets to this side name. */
export class SessionTable {
  readonly #byIndex: Map<number, Session | Initiation> = new Map();
  readonly #unconfirmed: Set<Session> = new Set();
  readonly #sessionsMax: number;
  #initiations = 0;

  /** @param sessionsMax how many sessions there may be */
  constructor(sessionsMax: number) {
    this.#sessionsMax = sessionsMax;
  }

  /** Handshakes under way that this side began. */
  get initiations(): number {
    return this.#initiations;
  }

  /** Sessions that the other side has not confirmed. */
  get unconfirmedCount(): number {
    return this.#unconfirmed.size;
  }

  /** What packets with this index are for. */
  get(index: number): Session | Initiation | undefined {
    return this.#byIndex.get(index);
  }

  /** All sessions, confirmed or not. */
  *sessions(): Generator<Session> {
    for (const entry of this.#byIndex.values()) if (entry instanceof Session) yield entry;
  }

  /** Takes in a handshake that this side begins. */
  addInitiation(initiation: Initiation): void {
    this.#initiations++;
    this.#byIndex.set(initiation.localIndex, initiation);
  }

  /** Takes out a handshake, where it is in. */
  removeInitiation(initiation: Initiation): void {
    if (this.#byIndex.delete(initiation.localIndex)) this.#initiations--;
  }

  /** Takes in a session. */
  add(session: Session): void {
    this.#byIndex.set(session.localIndex, session);
  }

  /** Takes in a session that the other side still has to confirm; where too many are, the oldest ends. */
  addUnconfirmed(session: Session): void {
    const isFull = this.#unconfirmed.size >= UNCONFIRMED_SESSIONS_MAX;
    if (isFull) this.#unconfirmed.values().next().value?.die();
    this.add(session);
    this.#unconfirmed.add(session);
  }

  /** The other side has proved to hold the keys. */
  confirm(session: Session): void {
    this.#unconfirmed.delete(session);
  }

  /** Takes out a session that is over. */
  remove(session: Session): void {
    this.#byIndex.delete(session.localIndex);
    this.#unconfirmed.delete(session);
  }

  /** Makes sure that one more session may exist; the idlest that serves nobody here gives way. */
  makeRoom(): boolean {
    if (this.#byIndex.size - this.#initiations < this.#sessionsMax) return true;
    let idlest: Session | undefined;
    for (const session of this.sessions()) {
      if (session.streams.inUse) continue;
      if (idlest === undefined || session.idleFromMs < idlest.idleFromMs) idlest = session;
    }
    idlest?.close();
    return idlest !== undefined;
  }
}
