import { describe, expect, test } from "vitest";
import { Hamlet } from "../../test/support/hamlet.ts";
import { fileTreeSuite } from "../testing/index.ts";

fileTreeSuite({ describe, test, expect }, "folder", async () => {
  const hamlet = new Hamlet(1);
  const anna = hamlet.add("anna");
  const id = hamlet.create(anna, "photos");
  const stop = hamlet.run();
  return {
    tree: anna.live.tree(id),
    reopen: async () => {
      hamlet.restart(anna);
      await hamlet.ready(anna);
      return anna.live.tree(id);
    },
    dispose: async () => stop(),
  };
});
