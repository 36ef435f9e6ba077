import { expect, test } from "vitest";
import { redirectTo } from "./open.ts";

test("the page that opens the console goes on to its address and nowhere else", () => {
  const page = redirectTo("http://127.0.0.1:4710/#token=abc&view=map");
  expect(page).toContain('content="0;url=http://127.0.0.1:4710/#token=abc&amp;view=map"');
  expect(redirectTo('http://x/"><script>')).not.toContain("<script>");
});
