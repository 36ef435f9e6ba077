import { describe, expect, test } from "vitest";
import { GERMAN } from "../../console/src/words/german.ts";
import { lineReason, ROOM_REASONS } from "../../src/api/room-reasons.ts";
import { codeFiles, read } from "./tree.ts";

const LINE_TROUBLES = [
  ...(["forked", "broken", "ours-forked", "declined", "not-accepted", "elsewhere"] as const),
  ...(["written-here", "unsure", "unconfirmed", "reloading"] as const),
];

/** Errors that no call of the console meets as they are, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  AdapterError: "stops the start or becomes an error of the room that it is for",
  ApiError: "is what all others become",
  CliError: "of the command line",
  ClientError: "of the client itself",
  CryptoError: "a forged or damaged message, dropped where it comes in",
  DavError: "of the WebDAV server, as a status",
  ErasureError: "becomes a StoreError",
  FeedError: "becomes an error of the room that writes",
  LinkError: "of links, which commands make",
  MediaError: "a picture that is shown as it is, or an ApiError",
  MemoryFileError: "of the simulator",
  RatchetError: "a frame that is not opened",
  RoutingError: "of a start with wrong options",
  SessionError: "ends a session",
  SimulationError: "of the simulator",
  WireError: "a call that is malformed; its message says where",
};

describe("what rooms refuse", () => {
  test("is either named for programs, or no call meets it", () => {
    const classes = codeFiles()
      .filter((file) => file.startsWith("src/") && !/\.(test|fixture)\.ts$/.test(file))
      .flatMap((file) =>
        [...read(file).matchAll(/class (\w+Error) extends TypedError\b/g)].map(([, name]) => name),
      );
    expect(classes.length).toBeGreaterThan(20);
    const known = [...Object.keys(ROOM_REASONS), ...Object.keys(ELSEWHERE)];
    expect(classes.toSorted()).toEqual(known.toSorted());
  });

  test("has words in the languages of the console, and no words are left of what nobody refuses", () => {
    const said = Object.values(ROOM_REASONS).flatMap((codes) => Object.values(codes));
    const ofLines = LINE_TROUBLES.map((trouble) => lineReason(trouble));
    const reasons = new Set([
      "no-answer",
      ...[...said, ...ofLines].filter((code) => code !== null),
    ]);
    expect(Object.keys(GERMAN.refusals.reasons).toSorted()).toEqual([...reasons].toSorted());
  });

  test("every language but that of the peer has a file for it", () => {
    const files = codeFiles().filter((file) => /^console\/src\/words\/\w+\//.test(file));
    const languages = new Set(files.map((file) => file.split("/")[3]));
    languages.delete("en");
    expect(languages.size).toBeGreaterThan(0);
    for (const one of languages) expect(files).toContain(`console/src/words/${one}/refusals.ts`);
  });
});
