import { AdapterError } from "../errors.ts";
import { S3_PREFIX_CHARS_MAX } from "./limits.ts";
import type { S3Credentials } from "./sign.ts";

/** Where in which cluster blocks are kept. */
export interface S3Place {
  readonly bucket: string;
  /** Path in the bucket without slashes at its ends; "" for the whole bucket. */
  readonly prefix: string;
  /** Such as `http://127.0.0.1:9000`. */
  readonly endpoint: string;
  readonly region: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const REGION = /^[a-z0-9-]{1,64}$/;
const REGION_DEFAULT = "us-east-1";
const EXAMPLE = "s3://bucket/path?endpoint=http://127.0.0.1:9000&region=us-east-1";

function refuse(text: string, why: string): never {
  throw new AdapterError(
    "bad-config",
    `'${text}' names no place for blocks: ${why}. Write it such as ${EXAMPLE}`,
  );
}

function endpointOf(text: string, given: string | null, region: string): string {
  if (given === null) return `https://s3.${region}.amazonaws.com`;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const fits =
    url !== undefined &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.pathname === "/" &&
    url.username + url.password + url.search + url.hash === "";
  return fits
    ? url.origin
    : refuse(text, "the endpoint is no http or https address without a path");
}

/**
 * Reads `s3://bucket/path?endpoint=…&region=…`. Keys do not belong there: command lines are seen by
 * everybody on the machine.
 * @throws AdapterError("bad-config") with what to write
 */
export function parseS3Place(text: string, environment: Environment = process.env): S3Place {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "s3:") refuse(text, "it does not begin with s3://");
  if (url.username + url.password !== "") refuse(text, "keys come from the environment");
  if (url.port !== "" || !BUCKET.test(url.hostname)) refuse(text, "that is no name of a bucket");
  const prefix = url.pathname.replace(/^\/|\/$/g, "");
  if (prefix !== "" && (prefix.length > S3_PREFIX_CHARS_MAX || !PREFIX.test(prefix))) {
    refuse(text, `a path has up to ${S3_PREFIX_CHARS_MAX} letters, digits, '.', '_', '-' and '/'`);
  }
  for (const name of url.searchParams.keys()) {
    if (name !== "endpoint" && name !== "region") refuse(text, `there is no setting '${name}'`);
  }
  const region =
    url.searchParams.get("region") ??
    (environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"] || REGION_DEFAULT);
  if (!REGION.test(region)) refuse(text, `'${region}' is no region`);
  const endpoint = endpointOf(text, url.searchParams.get("endpoint"), region);
  return { bucket: url.hostname, prefix, endpoint, region };
}

/** The place as `parseS3Place` reads it back. */
export function formatS3Place({ bucket, prefix, endpoint, region }: S3Place): string {
  const path = prefix === "" ? "" : `/${prefix}`;
  return `s3://${bucket}${path}?endpoint=${endpoint}&region=${region}`;
}

/**
 * The keys to the cluster: from the environment, as all S3 tools have them, else from the settings.
 * @throws AdapterError("bad-config") where there are none
 */
export function s3CredentialsOf(
  settings: S3Credentials | undefined,
  environment: Environment = process.env,
): S3Credentials {
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"];
  if (accessKeyId && secretAccessKey) {
    const sessionToken = environment["AWS_SESSION_TOKEN"];
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  }
  if (settings !== undefined) return settings;
  throw new AdapterError(
    "bad-config",
    'There are no keys to the S3 cluster. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write "s3": {"accessKeyId": "…", "secretAccessKey": "…"} into config.json.',
  );
}
