import { DiskError } from "../../../ports/index.ts";
import { errorText, systemCode } from "../errors.ts";
import { S3_WORDS_MAX } from "./limits.ts";
import { formatS3Place, type S3Place } from "./place.ts";
import { xmlText } from "./xml.ts";

/** Why a request did not succeed. */
export interface S3Failure {
  readonly error: DiskError;
  /** Whether the same request may succeed a little later. */
  readonly mayPass: boolean;
  /** The cluster's name for it, such as NoSuchKey; "" where it has none. */
  readonly code: string;
}

const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);
const PASSING_CODES = new Set(["RequestTimeout", "SlowDown", "InternalError", "IncompleteBody"]);
const FULL_CODES = new Set([
  "QuotaExceeded",
  "XMinioStorageFull",
  "XMinioAdminBucketQuotaExceeded",
  "InsufficientStorage",
  "InsufficientCapacity",
  "TooManyObjects",
]);
/** What Node says where a certificate is not believed. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

/** A cluster's words, fit for a terminal. */
function inert(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, " ").slice(0, S3_WORDS_MAX);
}

/** The failure of a request that the cluster answered with something other than success. */
export function answeredFailure(
  place: S3Place,
  doing: string,
  status: number,
  body: string,
): S3Failure {
  const code = inert(xmlText(body, "Code") ?? "");
  const where = `The S3 cluster at ${place.endpoint}`;
  const isFull = status === 507 || FULL_CODES.has(code);
  const sentence = isFull
    ? `${where} has no space left for a block (${code || status}). Raise the quota of the bucket ${place.bucket}, or lower what this peer gives; Peernet goes on by itself then.`
    : (KNOWN[code]?.(place, where, inert(xmlText(body, "Region") ?? "")) ??
      `${where} refused ${doing}: ${status} ${code} ${inert(xmlText(body, "Message") ?? "")}`.trim() +
        ". See the cluster's log.");
  const mayPass = !isFull && (PASSING_STATUS.has(status) || PASSING_CODES.has(code));
  return { error: new DiskError(isFull ? "full" : "io", sentence), mayPass, code };
}

type Teller = (place: S3Place, where: string, region: string) => string;

const wrongKeys: Teller = (_place, where) =>
  `${where} does not accept the keys. Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or "s3" in config.json).`;
const wrongRegion: Teller = (place, where, region) =>
  `${where} has the bucket ${place.bucket} in another region than ${place.region}. Write region=${region || "…"} into --blocks.`;
const keysEnded: Teller = (_place, where) =>
  `${where} says that the keys have ended. Get new ones (AWS_SESSION_TOKEN goes with them) and start again.`;

const KNOWN: Readonly<Record<string, Teller>> = {
  InvalidAccessKeyId: wrongKeys,
  SignatureDoesNotMatch: wrongKeys,
  ExpiredToken: keysEnded,
  InvalidToken: keysEnded,
  AuthorizationHeaderMalformed: wrongRegion,
  PermanentRedirect: wrongRegion,
  AccessDenied: (place, where) =>
    `${where} does not let these keys use the bucket ${place.bucket}. They need s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there.`,
  NoSuchBucket: (place, where) =>
    `${where} has no bucket ${place.bucket}. Make it first, or correct --blocks ${formatS3Place(place)}.`,
  RequestTimeTooSkewed: (_place, where) =>
    `${where} has a clock that differs too much from this machine's. Set the clock of this machine (timedatectl set-ntp true), or the cluster's.`,
};

/** The failure of a request without an answer: the cluster was not reached, or it fell silent. */
export function silentFailure(place: S3Place, cause: unknown): S3Failure {
  const systemText = `${systemCode(cause)} ${errorText(cause)}`;
  const isCertificate = CERTIFICATE.test(systemText);
  const next = isCertificate
    ? "Its certificate is not believed: name the file of its authority in NODE_EXTRA_CA_CERTS."
    : "Check that it runs and that the endpoint in --blocks is right.";
  const error = new DiskError(
    "io",
    `The S3 cluster at ${place.endpoint} cannot be reached (${inert(errorText(cause) || systemCode(cause))}). ${next}`,
    { cause },
  );
  return { error, mayPass: !isCertificate, code: "" };
}
