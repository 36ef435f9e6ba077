import { effect } from "@preact/signals";
import { startApp, tellOf } from "./app.ts";
import { hear } from "./chat.ts";
import { communityChanged } from "./community-news.ts";
import { follow, standing } from "./connection.ts";
import { recallDrafts } from "./drafts.ts";
import { somethingHappened } from "./event-news.ts";
import { changedBy } from "./events.ts";
import { folderChanged } from "./folders.ts";
import { noteProgress } from "./progress.ts";
import { recallChoice } from "./put-options.ts";
import { startSession, token } from "./session.ts";
import type { Letter } from "./talk.ts";
import { lookForUpgrade } from "./upgrade.ts";
import { resources, unreadOf } from "./views.ts";
import { welcomeIfNew } from "./welcome.ts";

/** Starts everything that goes on while the page is open. */
export function startConsole(): void {
  startSession();
  startApp();
  recallChoice();
  recallDrafts();
  let stop: () => void = () => undefined;
  effect(() => {
    stop();
    if (token.value === undefined) return;
    void welcomeIfNew();
    stop = follow((event) => {
      for (const name of changedBy(event.name)) resources[name].invalidate();
      hear(event);
      noteProgress(event);
      somethingHappened(event.name);
      if (event.name === "message" || event.name === "group-message") tellOf(event.body as Letter);
      if (event.name === "hello") {
        folderChanged();
        communityChanged();
        void lookForUpgrade();
      }
      if (event.name === "community-changed") communityChanged();
      if (event.name === "folder-changed") folderChanged((event.body as { id: string }).id);
    });
  });
  effect(() => {
    const unread = unreadOf().people + unreadOf().groups;
    document.title = unread > 0 ? `(${unread}) Peernet` : "Peernet";
  });
  effect(() => {
    document.documentElement.dataset["standing"] = standing.value;
  });
}
