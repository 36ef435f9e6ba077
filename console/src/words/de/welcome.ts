import type { welcome as english } from "../en/welcome.ts";

/** Words of the first evening, in German. */
export const welcome: typeof english = {
  title: "Willkommen bei Peernet",
  intro:
    "Dieser Rechner ist jetzt ein Peer. Vier Dinge, eine Minute: Dann schreibst du Leuten und teilst eine Ablage, mit niemandem dazwischen.",
  steps: { name: "Du", words: "Wörter", disk: "Platz", near: "Nähe" },
  name: "Wie dieses Gerät heißt",
  nameHint: "Andere sehen es, Nachbarn nach dem nächsten Start. „Annas Laptop“ ist ein guter Name.",
  nameSave: "So nennen",
  disk: "Wie viel Platz gibst du?",
  diskHint:
    "Für versiegelte Stücke dessen, was andere verwahren. Dafür verwahren andere Stücke von dir.",
  gb: (many) => `${many} GB`,
  diskNow: (amount) => `Du gibst ${amount}.`,
  near: "Peers, die gefunden wurden",
  nearNone:
    "Noch niemand. Peers im selben Netz finden sich von selbst; diese Liste ändert sich mit ihnen.",
  nearInvite: "Jemand weit weg? Lade ihn ein.",
  next: "Weiter",
  later: "Später",
  done: "Umsehen",
  wordsLater: "Die Wörter findest du unter Optionen, Wiederkommen.",
};
