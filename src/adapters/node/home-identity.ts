import { equalBytes, fromHex, toHex, utf8 } from "../../base/bytes.ts";
import type { PersonCertificate, Voucher } from "../../identity/index.ts";
import { VOUCHERS_MAX } from "../../identity/index.ts";
import { NAME_BYTES_MAX } from "../../wire/limits.ts";
import { AdapterError } from "./errors.ts";
import { parseObject } from "./home-files.ts";

/** How a person came back to a new device. */
export type BroughtBack =
  | { readonly how: "words" }
  /** `vouchers`: blinded ids of the friends who helped, as in the device log. */
  | { readonly how: "friends"; readonly vouchers: readonly Uint8Array[] };

/** The secrets that make this peer who it is. */
export interface StoredIdentity {
  /** 32 bytes: all keys of this device. */
  readonly deviceSeed: Uint8Array;
  /** 32 bytes: the person, the same as the 24 recovery words; not on devices that were added. */
  readonly personEntropy?: Uint8Array;
  /** What a device that was added has instead. */
  readonly membership?: Omit<PersonCertificate, "personId">;
  /** The name that others see. */
  readonly name: string;
  /** False until the recovery words of a new person have been shown to somebody. */
  readonly wordsShown?: false;
  /** True once somebody could say some of the recovery words. */
  readonly wordsConfirmed?: true;
  /** Set on devices of a person who was restored. */
  readonly broughtBack?: BroughtBack;
}

/** The text of `identity.json`. */
export function identityText(identity: StoredIdentity): string {
  const { deviceSeed, personEntropy, membership, broughtBack, ...rest } = identity;
  const member = membership && {
    ...{ signKey: toHex(membership.signKey), dhKey: toHex(membership.dhKey) },
    signature: toHex(membership.signature),
    via: membership.via.map(({ signKey, signature }) => toHex(signKey) + toHex(signature)),
  };
  const back =
    broughtBack?.how === "friends"
      ? { how: "friends", vouchers: broughtBack.vouchers.map(toHex) }
      : broughtBack;
  const text = {
    deviceSeed: toHex(deviceSeed),
    personEntropy: personEntropy && toHex(personEntropy),
    member,
    ...rest,
    broughtBack: back,
  };
  return `${JSON.stringify(text)}\n`;
}

/** @throws AdapterError("bad-identity") where the text is no identity */
export function parseIdentity(text: string, path: string): StoredIdentity {
  const found = parseObject(text) ?? {};
  const { name, wordsShown, wordsConfirmed } = found;
  const deviceSeed = bytesIn(found["deviceSeed"], 32);
  const personEntropy = bytesIn(found["personEntropy"], 32);
  const membership = membershipIn(found["member"]);
  const broughtBack = broughtBackIn(found["broughtBack"]);
  const named = typeof name === "string" && utf8(name).length <= NAME_BYTES_MAX;
  const isSomebody = (personEntropy === undefined) !== (membership === undefined);
  if (deviceSeed === undefined || !isSomebody || !named) {
    throw new AdapterError(
      "bad-identity",
      `${path} is damaged and was not touched. Put a copy of it back, or begin a new home with your 24 recovery words: peernet restore --home DIR.`,
    );
  }
  return {
    deviceSeed,
    ...(personEntropy === undefined ? {} : { personEntropy }),
    ...(membership === undefined ? {} : { membership }),
    name,
    ...(wordsShown === false ? { wordsShown } : {}),
    ...(wordsConfirmed === true ? { wordsConfirmed } : {}),
    ...(broughtBack === undefined ? {} : { broughtBack }),
  };
}

/** Whether two identities have the keys of one device of one person, as far as that shows here. */
export function areOneDevice(a: StoredIdentity, b: StoredIdentity): boolean {
  const [one, other] = [a.personEntropy, b.personEntropy];
  if (!equalBytes(a.deviceSeed, b.deviceSeed)) return false;
  if (one !== undefined && other !== undefined) return equalBytes(one, other);
  const [mine, theirs] = [a.membership, b.membership];
  if (mine !== undefined && theirs !== undefined) return equalBytes(mine.signKey, theirs.signKey);
  return true;
}

function bytesIn(value: unknown, length: number): Uint8Array | undefined {
  const bytes = typeof value === "string" ? fromHex(value) : undefined;
  return bytes?.length === length ? bytes : undefined;
}

function membershipIn(value: unknown): StoredIdentity["membership"] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found = value as Readonly<Record<string, unknown>>;
  const signKey = bytesIn(found["signKey"], 32);
  const dhKey = bytesIn(found["dhKey"], 32);
  const signature = bytesIn(found["signature"], 64);
  const chain = Array.isArray(found["via"]) ? (found["via"] as readonly unknown[]) : undefined;
  const via = chain?.flatMap(voucherIn);
  const isWhole = signKey && dhKey && signature && via;
  if (!isWhole || via.length !== chain?.length || via.length > VOUCHERS_MAX) return undefined;
  return { signKey, dhKey, signature, via };
}

function voucherIn(value: unknown): readonly Voucher[] {
  const bytes = bytesIn(value, 96);
  return bytes ? [{ signKey: bytes.subarray(0, 32), signature: bytes.subarray(32) }] : [];
}

function broughtBackIn(value: unknown): BroughtBack | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { how, vouchers } = value as Readonly<Record<string, unknown>>;
  if (how === "words") return { how };
  if (how !== "friends" || !Array.isArray(vouchers)) return undefined;
  const found = (vouchers as readonly unknown[]).flatMap((one) => bytesIn(one, 8) ?? []);
  return { how, vouchers: found };
}
