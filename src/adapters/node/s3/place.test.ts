import { describe, expect, test } from "vitest";
import { parseConfig } from "../home-config.ts";
import { S3_PREFIX_CHARS_MAX } from "./limits.ts";
import { formatS3Place, parseS3Place, s3CredentialsOf } from "./place.ts";

describe("places for blocks", () => {
  test("bucket, path, endpoint and region", () => {
    const text = "s3://my-bucket/peers/anna?endpoint=http://127.0.0.1:9000&region=garage";
    const place = parseS3Place(text, {});
    expect(place).toEqual({
      bucket: "my-bucket",
      prefix: "peers/anna",
      endpoint: "http://127.0.0.1:9000",
      region: "garage",
    });
    expect(parseS3Place(formatS3Place(place), {})).toEqual(place);
  });

  test("without an endpoint it is Amazon's, in the region of the environment", () => {
    expect(parseS3Place("s3://bucket", { AWS_REGION: "eu-central-1" })).toEqual({
      bucket: "bucket",
      prefix: "",
      endpoint: "https://s3.eu-central-1.amazonaws.com",
      region: "eu-central-1",
    });
  });

  test("a path of the longest length, and one more", () => {
    const longest = "a".repeat(S3_PREFIX_CHARS_MAX);
    expect(parseS3Place(`s3://bucket/${longest}`, {}).prefix).toBe(longest);
    expect(() => parseS3Place(`s3://bucket/${longest}a`, {})).toThrow(/up to 200 letters/);
  });

  test.each([
    ["bucket/path", "does not begin with s3://"],
    ["s3://UPPER", "no name of a bucket"],
    ["s3://b", "no name of a bucket"],
    ["s3://key:secret@bucket", "keys come from the environment"],
    ["s3://bucket/a/../../b c", "a path has up to"],
    ["s3://bucket?endpoint=ftp://x", "no http or https address"],
    ["s3://bucket?endpoint=http://host/path", "no http or https address"],
    ["s3://bucket?secret=x", "there is no setting 'secret'"],
    ["s3://bucket?region=a b", "is no region"],
  ])("%s is refused", (text, words) => {
    expect(() => parseS3Place(text, {})).toThrow(words);
  });
});

test("keys from the environment come before those of the settings", () => {
  const settings = { accessKeyId: "a", secretAccessKey: "b" };
  const environment = { AWS_ACCESS_KEY_ID: "c", AWS_SECRET_ACCESS_KEY: "d" };
  expect(s3CredentialsOf(settings, {})).toEqual(settings);
  expect(s3CredentialsOf(settings, environment)).toEqual({
    accessKeyId: "c",
    secretAccessKey: "d",
  });
  const passing = { ...environment, AWS_SESSION_TOKEN: "e" };
  expect(s3CredentialsOf(undefined, passing).sessionToken).toBe("e");
  expect(() => s3CredentialsOf(undefined, {})).toThrow(/no keys to the S3 cluster/);
});

test("settings of a home name a place and keys, or say what is wrong", () => {
  const parse = (value: object): unknown => parseConfig(JSON.stringify(value), "config.json");
  const s3 = { accessKeyId: "a", secretAccessKey: "b" };
  expect(parse({ blocks: "s3://bucket/x", s3 })).toEqual({ blocks: "s3://bucket/x", s3 });
  expect(parse({ blocks: "disk" })).toEqual({ blocks: "disk" });
  expect(() => parse({ blocks: 7 })).toThrow(/"blocks" is not understood/);
  expect(() => parse({ blocks: "s4://x" })).toThrow(/names no place for blocks/);
  expect(() => parse({ s3: { accessKeyId: "a" } })).toThrow(/"s3" is not understood/);
  expect(() => parse({ s3: { ...s3, more: 1 } })).toThrow(/"s3" is not understood/);
});
