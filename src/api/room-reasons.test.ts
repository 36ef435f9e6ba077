import { describe, expect, test } from "vitest";
import { TypedError } from "../base/errors.ts";
import { ContactsError } from "../contacts/index.ts";
import { LineRefusal, MoneyError } from "../money/index.ts";
import { DiskError, SILENT_LOG } from "../ports/index.ts";
import { asApiError, errorJson } from "./refusal.ts";
import { lineReason, reasonOf } from "./room-reasons.ts";

const reasonIn = (error: TypedError): string | undefined =>
  asApiError(error, SILENT_LOG).reason?.code;

describe("reasons of refusals", () => {
  test("go with the message where a code has one meaning", () => {
    const error = asApiError(new ContactsError("name-taken", "Called 'Anna'."), SILENT_LOG);
    expect(JSON.parse(errorJson(error))).toEqual({
      error: { code: "conflict", message: "Called 'Anna'.", reason: { code: "name-taken" } },
    });
    expect(reasonIn(new DiskError("full", "No space."))).toBe("disk-full");
  });

  test("tell what is in the way of writing on a line, where its code has many meanings", () => {
    expect(reasonIn(new MoneyError("stopped", "Something."))).toBeUndefined();
    expect(reasonIn(new LineRefusal("elsewhere"))).toBe("line-elsewhere");
    expect(lineReason("unconfirmed")).toBe("line-unsure");
    expect(lineReason(undefined)).toBeNull();
  });

  test("there is none where only the message tells", () => {
    const error = asApiError(new ContactsError("ambiguous", "Anna or Annika?"), SILENT_LOG);
    expect(JSON.parse(errorJson(error)).error).not.toHaveProperty("reason");
  });

  test.each(["toString", "ContactsError"])("names and codes of %s are no way in", (word) => {
    class Odd extends TypedError {
      override readonly name = word;
    }
    expect(reasonOf(new Odd("constructor", "Odd."))).toBeUndefined();
  });
});
