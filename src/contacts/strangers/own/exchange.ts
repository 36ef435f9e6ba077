import { equalBytes } from "../../../base/bytes.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonId } from "../../../identity/index.ts";
import type { DiskError, RecordStore, Timed } from "../../../ports/index.ts";
import { Changes, type Plan } from "../../changes.ts";
import { Courier, type CourierDesk } from "../../courier.ts";
import { ContactsError } from "../../errors.ts";
import type { Surroundings } from "../../options.ts";
import { ANSWERS_WAITING_MAX, INTRODUCTION_LIFE_MS } from "../limits.ts";
import { joined } from "../plans.ts";
import type { Strangers } from "../strangers.ts";
import { inertRequest } from "../tray.ts";
import type { StrangerRequest, TrayAnswer } from "../types.ts";
import { cameBy, OtherTrays } from "./other-trays.ts";
import {
  answersIn,
  encodeTrayFrame,
  failedIn,
  TRAY_TALK,
  type TrayAnswered,
  type TrayQuestion,
  takenAnswer,
  trayQuestion,
  trayWord,
} from "./protocol.ts";
import type { GivenAnswer, OtherTray, TrayRequest, TrayWord, WaitingAnswer } from "./words.ts";

type Done = (error: ContactsError | null) => void;

/** After these a device tries again; any other refusal is final. */
const DISK_CODES: ReadonlySet<string> = new Set(["disk", "disk-full", "busy"]);

/** What the shared tray is made of. */
export interface TrayExchangeOptions extends Surroundings {
  readonly records: RecordStore;
  readonly strangers: Strangers;
  /** Whose tray this is, and on which device. */
  readonly identity: LocalIdentity;
  /** Whether a peer is another device of this person that stands in its log; false where this one does not. */
  readonly isOwn: (peer: PeerId) => boolean;
  /** Whether somebody is a contact already, or blocked: no request of theirs is shown. */
  readonly isSettled: (person: PersonId) => boolean;
  /**
   * The name as it is written properly.
   * @throws ContactsError("bad-name" | "name-taken") where nobody can be called so here
   */
  readonly checkName: (name: string, person: PersonId) => string;
  /** What other devices' trays show is something else now; after persistence. */
  readonly onRequestsChanged: () => void;
}

/**
 * The tray of requests as a person sees it: what came to any device of theirs. Each device keeps and settles what came
 * to it, tells the others what it shows and holds against edges, and hears from them how it was answered there.
 */
export class TrayExchange implements Timed, CourierDesk<TrayQuestion, TrayAnswered> {
  readonly #options: TrayExchangeOptions;
  readonly #changes: Changes;
  readonly #others = new OtherTrays();
  readonly #courier: Courier<TrayQuestion, TrayAnswered>;
  readonly #inReach = new Set<PeerId>();
  /** What devices in reach were last asked, and what they last took. */
  readonly #asked = new Map<PeerId, Uint8Array>();
  readonly #taken = new Map<PeerId, Uint8Array>();
  /** Before this device's own tray is read it would seem empty. */
  #isLoaded = false;

  constructor(options: TrayExchangeOptions) {
    this.#options = options;
    this.#changes = new Changes(options.records);
    this.#courier = new Courier(TRAY_TALK, options, options.random.fork("tray"), this);
    options.strangers.onTrayChanged = () => this.#hurry();
  }

  /** Reads what is stored; after the room about strangers. */
  load(done: (error: DiskError | null) => void): void {
    const { records, clock } = this.#options;
    this.#others.load(records, clock.wallMs(), (error) => {
      if (error === null) {
        this.#isLoaded = true;
        this.#weigh();
        this.#courier.serve();
        this.devicesChanged();
      }
      done(error);
    });
  }

  peerReachable(id: PeerId): void {
    this.#inReach.add(id);
    this.#taken.delete(id);
    this.#courier.peerReachable(id);
  }

  peerUnreachable(id: PeerId): void {
    this.#inReach.delete(id);
    this.#asked.delete(id);
    this.#courier.peerUnreachable(id);
  }

  /** Other devices are ours now, or some are not any more: what came to those is theirs to settle no longer. */
  devicesChanged(): void {
    if (!this.#isLoaded) return;
    const gone = [...this.#others.all()].filter(([id]) => !this.#options.isOwn(id));
    for (const [id] of gone) {
      const apply = (): void => this.#others.drop(id);
      this.#make(
        () => (this.#others.has(id) ? { writes: [this.#others.planDrop(id)], apply } : undefined),
        (error) => {
          if (error !== null) this.#warn("a former device's requests not forgotten", error);
        },
      );
    }
    this.#hurry();
  }

  /** Requests that came to any device of this person; one for each who asks, those that came here first. */
  requests(): readonly TrayRequest[] {
    const found = new Map<PersonId, TrayRequest>();
    for (const request of this.#options.strangers.requests()) {
      found.set(request.personId, { ...request, device: undefined });
    }
    const answered = new Set(this.waiting().map(({ request }) => request.personId));
    for (const { device, request } of this.#open()) {
      if (found.has(request.personId) || answered.has(request.personId)) continue;
      found.set(request.personId, { ...inertRequest(request), device });
    }
    return [...found.values()];
  }

  /** Answers given here that the device to which the request came has not heard yet. */
  waiting(): readonly WaitingAnswer[] {
    const nowMs = this.#options.clock.wallMs();
    return [...this.#others.all()].flatMap(([device, { requests, answers }]) =>
      answers.flatMap(({ id, answer }) => {
        const request = requests.find((one) => one.id === id);
        // What has lapsed is so on the device to which it came, too, whether that can be asked or not.
        return request === undefined || nowMs >= request.endsAtMs
          ? []
          : [{ answer, device, request: inertRequest(request) }];
      }),
    );
  }

  /**
   * Answers a request, on whatever device it came. Where that is another one, the answer is kept and told to it.
   * Errors: those of `Strangers.answer`, "too-many-introductions".
   */
  answer(id: string, answer: TrayAnswer, petname: string | undefined, done: Done): void {
    const { strangers, checkName } = this.#options;
    const request = this.requests().find((one) => one.id === id);
    const device = request?.device;
    if (request === undefined || device === undefined) {
      strangers.answer(id, answer, petname, (error) => {
        if (error !== null || request === undefined) {
          done(error);
          return;
        }
        this.#make(
          () => this.#planOthers(request),
          (failure) => {
            // It is answered here: where that is not told on, they are shown once more.
            if (failure !== null) this.#warn("not answered on other own devices", failure);
            done(null);
          },
        );
      });
      return;
    }
    const decide = (): Plan => {
      // What is typed may be longer than a name in records and frames is.
      const name = petname === undefined ? undefined : checkName(petname, request.personId);
      const plan = this.#planAnswer(device, { id, answer, petname: name });
      const others = this.#planOthers(request);
      return others === undefined ? plan : joined([plan, others]);
    };
    this.#make(decide, done);
  }

  nextDeadlineMs(): number {
    return this.#courier.nextDeadlineMs();
  }

  tick(): void {
    this.#courier.tick();
  }

  /** What there is to tell a device, where it has not heard it. */
  questionFor(peer: PeerId): TrayQuestion | undefined {
    const { strangers, isOwn } = this.#options;
    if (!this.#isLoaded || !this.#inReach.has(peer) || !isOwn(peer)) return undefined;
    const question = trayQuestion(strangers.trayWord(), this.#others.get(peer).answers);
    const encoded = encodeTrayFrame(question);
    const taken = this.#taken.get(peer);
    if (taken !== undefined && equalBytes(taken, encoded)) return undefined;
    this.#asked.set(peer, encoded);
    return question;
  }

  /** A device has taken what it was told, or could not carry out some answers: those count as not given. */
  answered(peer: PeerId, answer: TrayAnswered, done: (settled: boolean) => void): void {
    const asked = this.#asked.get(peer);
    if (asked !== undefined) this.#taken.set(peer, asked);
    const failed = new Set(failedIn(answer));
    if (failed.size === 0) {
      done(true);
      // What has changed meanwhile waits for nothing: the other device may be about to show something.
      this.#courier.hurry(peer);
      return;
    }
    this.#options.log.warn("answers not carried out by another own device", { count: failed.size });
    const decide = (): Plan => {
      const tray = this.#others.get(peer);
      return this.#planPut(peer, {
        ...tray,
        answers: tray.answers.filter(({ id }) => !failed.has(id)),
      });
    };
    this.#make(decide, (error) => done(error === null));
  }

  /** A device tells of its tray. */
  asked(
    from: PeerRecord,
    question: TrayQuestion,
    answer: (answer: TrayAnswered | undefined) => void,
  ): void {
    const { identity, isOwn, strangers } = this.#options;
    const isOurs = from.person.personId === identity.person.personId;
    if (!isOurs || !isOwn(from.id)) {
      answer(undefined);
      return;
    }
    const word = trayWord(question);
    this.#make(
      () => this.#heard(from.id, word),
      (failure) => {
        if (failure !== null) {
          answer(undefined);
          return;
        }
        strangers.takeFromOwn(word, (error) => {
          if (error !== null) answer(undefined);
          else this.#carryOut(answersIn(question), [], answer);
        });
      },
    );
  }

  /** The change that takes in what a device shows; undefined where nothing of it is new. */
  #heard(from: PeerId, { requests: told, shown, held }: TrayWord): Plan | undefined {
    if (!this.#others.hasRoomFor(from)) return undefined;
    const before = this.#others.get(from);
    const nowMs = this.#options.clock.wallMs();
    const known = new Map(before.requests.map(({ id, atMs }) => [id, atMs]));
    // A clock that is ahead there must not make them live longer here.
    const requests = told.map((one) => cameBy(one, known.get(one.id) ?? nowMs));
    const ids = new Set(requests.map(({ id }) => id));
    // What the device shows no longer is settled there.
    const answers = before.answers.filter(({ id }) => ids.has(id));
    const underWay = new Map(
      held.filter((one) => one.underWay > 0).map((one) => [one.name, one.underWay]),
    );
    const summary = (tray: Pick<OtherTray, "requests" | "shown" | "answers" | "underWay">) =>
      JSON.stringify([tray.requests, tray.shown, tray.answers, [...tray.underWay]]);
    if (summary(before) === summary({ requests, shown, answers, underWay })) return undefined;
    // A device that is lost holds nothing up for longer than what came to it would.
    const underWayUntilMs = nowMs + INTRODUCTION_LIFE_MS;
    return this.#planPut(from, { requests, shown, answers, underWay, underWayUntilMs });
  }

  /** Carries out answers one after another, and says which of them could not be. */
  #carryOut(
    [next, ...rest]: readonly GivenAnswer[],
    failed: readonly string[],
    answer: (answer: TrayAnswered | undefined) => void,
  ): void {
    if (next === undefined) {
      answer(takenAnswer(failed));
      return;
    }
    this.#options.strangers.answer(next.id, next.answer, next.petname, (error) => {
      const code = error?.code;
      if (error !== null && DISK_CODES.has(error.code)) answer(undefined);
      // It has lapsed, or was answered here meanwhile: the other device hears that by what is shown.
      else if (code === undefined || code === "unknown-request")
        this.#carryOut(rest, failed, answer);
      else {
        this.#warn("an answer given on another own device not carried out", error);
        this.#carryOut(rest, [...failed, next.id], answer);
      }
    });
  }

  /** Requests that other devices show and that nobody here has answered. */
  *#open(): Generator<{ readonly device: PeerId; readonly request: StrangerRequest }> {
    const nowMs = this.#options.clock.wallMs();
    for (const [device, { requests, answers }] of this.#others.all()) {
      const answered = new Set(answers.map(({ id }) => id));
      for (const request of requests) {
        const { id, personId, endsAtMs } = request;
        const isOver = nowMs >= endsAtMs || answered.has(id) || this.#options.isSettled(personId);
        if (!isOver) yield { device, request };
      }
    }
  }

  /** @throws ContactsError("too-many-introductions") where too many answers wait for that device */
  #planAnswer(device: PeerId, given: GivenAnswer): Plan {
    const tray = this.#others.get(device);
    const others = tray.answers.filter(({ id }) => id !== given.id);
    if (others.length >= ANSWERS_WAITING_MAX) {
      const words = "Too many answers wait for that device. Wait until it has been in reach.";
      throw new ContactsError("too-many-introductions", words);
    }
    return this.#planPut(device, { ...tray, answers: [...others, given] });
  }

  /**
   * Who has been answered is so on all devices: where they ask, too, that is declined, whatever the answer here, as nobody
   * has seen who brought them there. Undefined: they ask nowhere else.
   */
  #planOthers({ personId, device: here }: TrayRequest): Plan | undefined {
    const plans = [...this.#open()]
      .filter(({ device, request }) => device !== here && request.personId === personId)
      .filter(({ device }) => this.#others.get(device).answers.length < ANSWERS_WAITING_MAX)
      .map(({ device, request: { id } }) =>
        this.#planAnswer(device, { id, answer: "decline", petname: undefined }),
      );
    return plans.length === 0 ? undefined : joined(plans);
  }

  #planPut(device: PeerId, tray: OtherTray): Plan {
    const apply = (): void => this.#others.put(device, tray);
    return { writes: [this.#others.planPut(device, tray)], apply };
  }

  #make(decide: () => Plan | undefined, done: Done): void {
    let hasChanged = false;
    this.#changes.make(
      () => {
        const plan = decide();
        return (
          plan && {
            writes: plan.writes,
            apply: () => {
              plan.apply();
              hasChanged = true;
            },
          }
        );
      },
      (error) => {
        if (hasChanged) {
          this.#weigh();
          this.#options.onRequestsChanged();
          // Whoever was revoked while their word was on its way to the disk is forgotten, too.
          this.devicesChanged();
        }
        done(error);
      },
    );
  }

  /** What others have shown today counts here. */
  #weigh(): void {
    const own = this.#options.identity.id;
    const all = [...this.#others.all()];
    this.#options.strangers.setElsewhere({
      shown: all.flatMap(([, tray]) => tray.shown),
      underWay: all.map(([, tray]) => tray),
      before: all.filter(([id]) => id < own).length,
    });
  }

  #hurry(): void {
    for (const id of this.#inReach) if (this.#options.isOwn(id)) this.#courier.hurry(id);
  }

  #warn(event: string, error: ContactsError | null): void {
    this.#options.log.warn(event, { code: error?.code });
  }
}
