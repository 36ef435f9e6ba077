import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aboutFragment,
  COMMUNITY_PARTS,
  communityFragment,
  folderFragment,
  formatFragment,
  groupFragment,
  MONEY_PAGES,
  moneyFragment,
  parseFragment,
  SETTINGS,
  settingsFragment,
  VIEWS,
  withoutToken,
} from "./fragment.ts";

const NOWHERE = {
  token: undefined,
  isAsked: true,
  person: undefined,
  group: undefined,
  line: undefined,
  community: undefined,
  part: undefined,
  page: undefined,
  folder: undefined,
  path: "",
};

describe("the fragment of the console's address", () => {
  test("nothing is the map without a token", () => {
    for (const hash of ["", "#", "#/", "#token=", "#token=%20"]) {
      expect(parseFragment(hash)).toEqual({ ...NOWHERE, isAsked: false, view: "map" });
    }
  });

  test("carries token and view, in any order, with or without a slash", () => {
    expect(parseFragment("#token=abc-_1&view=drive")).toMatchObject({
      token: "abc-_1",
      view: "drive",
    });
    expect(parseFragment("#/view=people&token=x&with=p")).toEqual({
      ...NOWHERE,
      token: "x",
      view: "people",
      person: "p",
    });
  });

  test("unknown views are the map", () => {
    expect(parseFragment("#view=constructor").view).toBe("map");
    expect(parseFragment("#view=<script>").view).toBe("map");
  });

  test("broken escapes do no harm", () => {
    expect(parseFragment("#token=%E0%A4%A&view=map").view).toBe("map");
  });

  test("what is formatted is parsed back, and never holds a token", () => {
    fc.assert(
      fc.property(fc.constantFrom(...VIEWS), fc.string({ minLength: 1 }), (view, person) => {
        const hash = formatFragment(view, person);
        expect(parseFragment(hash)).toEqual({ ...NOWHERE, view, person });
      }),
      { seed: 7 },
    );
  });

  test("a place in a folder is parsed back too", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (folder, path) => {
        const found = parseFragment(folderFragment(folder, path));
        expect(found).toEqual({ ...NOWHERE, view: "drive", folder, path });
      }),
      { seed: 8 },
    );
  });

  test("pages of the settings, of people and of groups are parsed back", () => {
    for (const page of SETTINGS) {
      const found = parseFragment(settingsFragment(page));
      expect(found).toEqual({ ...NOWHERE, view: "settings", page });
    }
    expect(parseFragment(aboutFragment("a&b"))).toEqual({
      ...NOWHERE,
      view: "people",
      person: "a&b",
      page: "about",
    });
    expect(parseFragment(groupFragment("g"))).toEqual({ ...NOWHERE, view: "groups", group: "g" });
    for (const page of MONEY_PAGES) {
      expect(parseFragment(moneyFragment({ page }))).toEqual({ ...NOWHERE, view: "money", page });
    }
    const communities = { ...NOWHERE, view: "money", page: "communities" };
    expect(parseFragment(communityFragment())).toEqual(communities);
    for (const part of COMMUNITY_PARTS) {
      const found = parseFragment(communityFragment("c&d", part));
      expect(found).toEqual({ ...communities, community: "c&d", part });
    }
    const line = "l&view=map";
    expect(parseFragment(moneyFragment({ line }))).toEqual({ ...NOWHERE, view: "money", line });
    expect(parseFragment(moneyFragment())).toEqual({ ...NOWHERE, view: "money" });
  });

  test("only the token is taken out of a place", () => {
    const place = settingsFragment("devices");
    expect(withoutToken(`${place}&token=secret`)).toBe(place);
  });
});
