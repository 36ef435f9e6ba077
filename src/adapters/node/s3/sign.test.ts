import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeQuery, NO_BODY_DIGEST, type S3Request, signedHeaders } from "./sign.ts";

interface Signer {
  sign(): Promise<{ readonly headers: Headers }>;
}

/** Its own types need those of browsers. */
async function signerOf(options: object): Promise<Signer> {
  const name = "aws4fetch";
  const { AwsV4Signer } = (await import(name)) as {
    readonly AwsV4Signer: new (options: object) => Signer;
  };
  return new AwsV4Signer(options);
}

/** The examples of "Signature Calculations for the Authorization Header", Amazon S3 API reference. */
const EXAMPLE = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const EXAMPLE_MS = Date.UTC(2013, 4, 24);

function example(parts: Partial<S3Request>): string {
  const request: S3Request = {
    method: "GET",
    host: "examplebucket.s3.amazonaws.com",
    path: "/",
    query: {},
    headers: {},
    bodyDigest: NO_BODY_DIGEST,
    ...parts,
  };
  const headers = signedHeaders(request, EXAMPLE, "us-east-1", EXAMPLE_MS);
  return /Signature=([0-9a-f]{64})$/.exec(headers["authorization"] ?? "")?.[1] ?? "";
}

describe("signatures of version 4", () => {
  test("the published examples: a range, an upload, a list", () => {
    expect(example({ path: "/test.txt", headers: { range: "bytes=0-9" } })).toBe(
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    );
    const upload = {
      method: "PUT" as const,
      path: "/test%24file.text",
      headers: {
        date: "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
      },
      bodyDigest: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    };
    expect(example(upload)).toBe(
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    );
    expect(example({ query: { prefix: "J", "max-keys": "2" } })).toBe(
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    );
  });

  test("the same as aws4fetch makes, for any key, query, time and region", async () => {
    // A path of dots alone is another path to every URL parser.
    const word = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,19}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("GET", "PUT", "HEAD", "DELETE"),
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.dictionary(word, fc.string({ unit: "grapheme-ascii", maxLength: 20 }), { maxKeys: 4 }),
        fc.record({ accessKeyId: word, secretAccessKey: fc.string({ minLength: 1 }) }),
        fc.option(word, { nil: undefined }),
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        word,
        async (method, names, query, keys, sessionToken, nowMs, region) => {
          const path = `/${names.join("/")}`;
          const credentials = sessionToken === undefined ? keys : { ...keys, sessionToken };
          const request = {
            method,
            path,
            query,
            host: "127.0.0.1:9000",
            headers: {},
            bodyDigest: NO_BODY_DIGEST,
          };
          const mine = signedHeaders(request, credentials, region, nowMs);
          const signer = await signerOf({
            ...credentials,
            method,
            url: `http://127.0.0.1:9000${path}?${encodeQuery(query)}`,
            headers: { "x-amz-content-sha256": NO_BODY_DIGEST },
            service: "s3",
            region,
            datetime: mine["x-amz-date"] ?? "",
          });
          const theirs = await signer.sign();
          const signatureOf = (text: string) => text.slice(text.indexOf("Signature="));
          expect(signatureOf(mine["authorization"] ?? "")).toBe(
            signatureOf(theirs.headers.get("authorization") ?? ""),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
