import { KEY_BYTES } from "../../crypto/index.ts";
import { after, messageKey, nextChainKey, ratchetKey, stepRoot } from "./chain.ts";
import { RatchetError } from "./errors.ts";
import { writeInner } from "./inner.ts";
import {
  CONTACT_AT,
  CONTACT_BYTES,
  FRAME_TYPE,
  HINT_AT,
  MESSAGE_HEAD_BYTES,
  SHORT_BIT,
} from "./layout.ts";
import {
  BODIES_IN_FLIGHT_MAX,
  BODY_BYTES_MAX,
  CHAIN_FRAMES_MAX,
  CHANNEL_FRAMES_MAX,
  FRAMES_IN_FLIGHT_MAX,
  KEY_EVERY_FRAMES,
  STEP_AFTER_MESSAGES,
  STEP_AFTER_MS,
} from "./limits.ts";
import { sealFrame } from "./seal.ts";
import {
  type ChannelState,
  type Draft,
  draftOf,
  isOurTurn,
  type Offer,
  receivedCount,
  sealedCount,
} from "./state.ts";
import type { RatchetKit, Seal } from "./types.ts";

/** Ratchet keys before this one are offered at once: the first two come from the prekey alone. */
const FIRST_FREE_STEP = 4;

/** Seals a body; `Channel.seal` says what is thrown. */
export function sealBody(
  kit: RatchetKit,
  state: ChannelState,
  body: Uint8Array,
  nowMs: number,
  seal: Seal,
): { readonly frame: Uint8Array; readonly index: number; readonly next: ChannelState } {
  checkRoom(state, body);
  const { suite } = kit;
  const ready = draftOf(state);
  if (isDue(state, nowMs)) offer(kit, ready, nowMs);
  const { sending } = ready;
  const index = sealedCount(ready);
  const base = sending.base ?? 0;
  const plaintext = writeInner({
    ratchetKey: isTold(ready.offer, sending.next) ? ready.offer?.publicKey : undefined,
    lastLength: base > 0 && ready.acknowledged <= base ? ready.lastLength : undefined,
    known: ready.step > sending.step,
    acknowledged: receivedCount(ready) & 0xff,
    body,
  });
  const frame = sealFrame(suite, messageKey(suite, sending.key), headOf(ready, seal), plaintext);
  ready.sending = after(sending, nextChainKey(suite, sending.key), sending.next + 1);
  ready.owes = false;
  ready.sinceStep++;
  return { frame, index, next: ready };
}

/**
 * Nothing is sealed under an offered key before it was acknowledged, so it may be late: it is told
 * again not in every frame but now and then.
 */
function isTold(offer: Offer | undefined, place: number): boolean {
  return offer !== undefined && (place - offer.fromPlace) % KEY_EVERY_FRAMES === 0;
}

function checkRoom(state: ChannelState, body: Uint8Array): void {
  if (body.length > BODY_BYTES_MAX) {
    throw new RatchetError(
      "too-large",
      `A message frame carries at most ${BODY_BYTES_MAX} bytes, not ${body.length}.`,
    );
  }
  const count = sealedCount(state);
  const most = body.length > 0 ? BODIES_IN_FLIGHT_MAX : FRAMES_IN_FLIGHT_MAX;
  const isFull =
    count - state.acknowledged >= most ||
    state.sending.next >= CHAIN_FRAMES_MAX ||
    count >= CHANNEL_FRAMES_MAX;
  if (!isFull) return;
  const text = "Too many frames are not acknowledged by the other device yet; seal this one later.";
  throw new RatchetError("window-full", text);
}

function isDue(state: ChannelState, nowMs: number): boolean {
  if (state.offer !== undefined || !isOurTurn(state)) return false;
  if (state.step + 1 < FIRST_FREE_STEP || state.sinceStep >= STEP_AFTER_MESSAGES) return true;
  // A clock that was set back counts as well: it must not stop the ratchet.
  return Math.abs(nowMs - state.steppedAtMs) >= STEP_AFTER_MS;
}

/** Makes our next ratchet key; it is used once the other device has acknowledged it. */
function offer(kit: RatchetKit, draft: Draft, nowMs: number): void {
  const { suite, random } = kit;
  const ourSecret = random.bytes(KEY_BYTES);
  const key = ratchetKey(suite, ourSecret);
  const step = draft.step + 1;
  const { root, chain } = stepRoot(suite, draft.root, key.dh(draft.theirKey), step);
  draft.ourSecret = ourSecret;
  draft.ourKey = key;
  draft.root = root;
  draft.step = step;
  draft.offer = { publicKey: key.publicKey, fromPlace: draft.sending.next, chain };
  draft.sinceStep = 0;
  draft.steppedAtMs = nowMs;
}

function headOf(state: ChannelState, seal: Seal): Uint8Array {
  const short = seal === "short" ? SHORT_BIT : 0;
  const { contact, sending } = state;
  if (contact !== undefined) {
    const isHybrid = HINT_AT + contact.length > CONTACT_AT + CONTACT_BYTES;
    const head = new Uint8Array(HINT_AT + contact.length + 1);
    head[0] = (isHybrid ? FRAME_TYPE.hybrid : FRAME_TYPE.first) | short;
    head.set(contact, HINT_AT);
    head[HINT_AT + contact.length] = sending.next;
    return head;
  }
  const head = new Uint8Array(MESSAGE_HEAD_BYTES);
  const tag = sending.tags.at(sending.next);
  head[0] = FRAME_TYPE.message | short;
  head[1] = tag >>> 24;
  head[2] = tag >>> 16;
  head[3] = tag >>> 8;
  head[4] = tag;
  return head;
}
