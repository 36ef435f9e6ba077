import { toHex } from "../base/bytes.ts";
import type { PersonId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import type { GroupsContext } from "./context.ts";
import { UNSURE_HEARD_MAX } from "./limits.ts";
import type { GroupLog } from "./log/index.ts";

/** Beginning of the keys of what is remembered of groups in which this device is unsure. */
export const UNSURE = "groups/unsure/";
const VERSION = 1;

/** Whether a record tells that the group's log was cut; undefined where a newer peer wrote it. */
export function decodeUnsure(value: Uint8Array): boolean | undefined {
  return value[0] === VERSION ? value[1] === 1 : undefined;
}

/**
 * Whether this device knows all that it has said in a group. After records were lost, or in a copied
 * home, it may not: a number that is used twice would shut it out. So it says nothing before more than half
 * of the other members, as far as it knows them, have shown that they have nothing which it lacks.
 */
export class Surety {
  readonly #context: GroupsContext;
  readonly #group: string;
  readonly #log: GroupLog;
  #doubt: { readonly isCut: boolean; readonly heard: Set<PersonId> } | undefined;

  constructor(context: GroupsContext, group: string, log: GroupLog) {
    this.#context = context;
    this.#group = group;
    this.#log = log;
  }

  /** Whether this device may say something. */
  get isSure(): boolean {
    if (this.#doubt !== undefined && this.#hasHeardEnough(this.#doubt)) this.#end();
    return this.#doubt === undefined;
  }

  /**
   * From now on this device is unsure.
   * @param isCut whether operations are known to be missing, so that there may be members unknown here
   * @returns what the disk must remember before anything else is done
   */
  doubt(isCut: boolean): RecordWrite {
    this.#doubt = { isCut, heard: new Set() };
    return { key: UNSURE + this.#group, value: Uint8Array.of(VERSION, isCut ? 1 : 0) };
  }

  /** A device of this person has the same operations as this one. */
  heard(person: PersonId): void {
    const { ops } = this.#log;
    if (this.#doubt === undefined || ops.size === 0 || ops.thinOps > 0) return;
    this.#doubt.heard.add(person);
    if (this.#hasHeardEnough(this.#doubt)) this.#end();
  }

  #hasHeardEnough({ isCut, heard }: { isCut: boolean; heard: ReadonlySet<PersonId> }): boolean {
    if (this.#log.ops.size === 0) return false;
    const { person, signKey } = this.#context.identity;
    const others = [...this.#log.members().keys()].filter((each) => each !== person.personId);
    if (others.length > 0) {
      const needed = Math.min(UNSURE_HEARD_MAX, Math.floor(others.length / 2) + 1);
      return others.filter((each) => heard.has(each)).length >= needed;
    }
    const own = toHex(signKey.publicKey);
    const hasOthers = [...this.#log.ops.devices.keys()].some((key) => !own.startsWith(key));
    return heard.size > 0 || !(isCut || hasOthers);
  }

  #end(): void {
    this.#doubt = undefined;
    const { records, log } = this.#context;
    records.write([{ key: UNSURE + this.#group, value: null }], (error) => {
      if (error !== null) log.warn("a group stays unsure at the next start", { code: error.code });
    });
  }
}
