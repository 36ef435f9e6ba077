import { TypedError } from "../../base/errors.ts";

/**
 * Why a frame was not opened, or a channel does nothing more. Whatever the code, nothing has changed.
 * - `not-ours`: no key of this channel belongs to the frame; it may be another channel's
 * - `forged`: its tag is expected here, but it does not open: altered on the way, or made up
 * - `replayed`: it was opened before
 * - `malformed`: it opens, and what is inside breaks the format: the other device has a defect
 * - `too-far`: it would need more keys kept for missing frames than the limit allows
 * - `too-large`: the body is larger than a frame may carry
 * - `window-full`: too many frames are not acknowledged yet; keep the body and seal it later
 * - `no-prekey`: a first frame to a prekey that is not, or no longer, ours
 * - `expired`: a prekey whose time is over
 * - `bad-signature`: a prekey that its device did not sign
 * - `restored`: a saved state that another instance of this home wrote: begin a new channel
 * - `damaged`: a saved state that cannot be read
 * - `clone`: the other device acknowledges frames that were never sealed here: this state is an
 *   old copy; begin a new channel
 */
export class RatchetError extends TypedError<
  | "not-ours"
  | "forged"
  | "replayed"
  | "malformed"
  | "too-far"
  | "too-large"
  | "window-full"
  | "no-prekey"
  | "expired"
  | "bad-signature"
  | "restored"
  | "damaged"
  | "clone"
> {
  override readonly name = "RatchetError";
}
