import { domainToASCII, domainToUnicode } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromPunycode } from "./punycode.ts";

fc.configureGlobal({ seed: 1 });

test.each([
  ["xn--jrg-sna", "jörg"],
  ["xn--mnchen-3ya", "münchen"],
  ["xn--80ak6aa92e", "аррӏе"],
  ["xn--fsqu00a", "例子"],
  ["xn--n3h", "☃"],
  ["anna", "anna"],
  ["", ""],
])("%s is %s", (label, text) => {
  expect(fromPunycode(label)).toBe(text);
});

test.each(["xn--!", "xn--999999999999", "xn--zzzzzzzzzzzzzzz", "xn--a-b-ß"])(
  "%s is none and stays",
  (label) => {
    expect(fromPunycode(label)).toBe(label);
  },
);

test("what browsers send is read back", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-zäöüßéàñøåçжшдя例子日本語ελ]{1,12}$/u), (text) => {
      const sent = domainToASCII(text);
      fc.pre(sent !== "");
      expect(fromPunycode(sent)).toBe(domainToUnicode(sent));
    }),
  );
});

test("any label gives a text and no exception", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9-]{0,59}$/), (text) => {
      expect(typeof fromPunycode(`xn--${text}`)).toBe("string");
    }),
  );
});
