import type { devices as english } from "../en/devices.ts";

/** Words about a person's devices, in German. */
export const devices: typeof english = {
  title: "Geräte",
  intro:
    "Handy, Laptop, der kleine Rechner unter der Treppe: für alle anderen sind sie eine Person, du.",
  add: "Gerät hinzufügen",
  addIntro:
    "Für ein paar Minuten kann ein neues Gerät deines werden. Installiere dort Peernet und tippe:",
  addWays:
    "Oder tippe dort nur „peernet device join“, im selben Netz: Es zeigt dann vier Wörter, die hier eingegeben werden.",
  addSecret: "Wer diesen Link hat, kommt als du herein. Nur von Hand zu Hand.",
  linkName: "Link für das neue Gerät",
  qr: "Der Link als QR-Code",
  comparing: (name) => `„${name}“ möchte deines werden. Welche vier Wörter zeigt es?`,
  word: (place) => `Wort ${place}`,
  compare: "Es sind dieselben",
  granting: "Wird aufgenommen …",
  added: (name) => `„${name}“ ist jetzt dein Gerät.`,
  closed: "Geschlossen: Es kam kein Gerät dazu.",
  again: "Neu beginnen",
  self: "dieses Gerät",
  inReach: "erreichbar",
  away: "nicht da",
  revoked: "widerrufen",
  void: "zählt nicht: nur ein widerrufenes Gerät hatte es aufgenommen",
  forked: "läuft doppelt, oder von einer alten Kopie seiner Platte",
  holdsWords: "Auf diesem Gerät liegen deine 24 Wörter: Es darf jedes andere widerrufen.",
  noWords:
    "Deine 24 Wörter liegen nicht auf diesem Gerät. Es darf Geräte widerrufen, die nach ihm dazukamen.",
  how: {
    first: "das erste",
    words: "mit den 24 Wörtern zurückgekommen",
    friends: (names) =>
      names === "" ? "mit Hilfe von Freunden zurückgekommen" : `${names} haben gebürgt`,
    paired: (by) => (by === "" ? "aufgenommen" : `aufgenommen von ${by}`),
  },
  rename: "Umbenennen",
  renameTitle: "Wie dieses Gerät heißt",
  renameLabel: "Deine Kontakte sehen diesen Namen",
  renamed: "Deine Kontakte erfahren es.",
  revoke: "Widerrufen",
  revokeTitle: (name) => `„${name}“ widerrufen?`,
  revokeText:
    "Verloren oder gestohlen: Von jetzt an ist es keines deiner Geräte, für immer. Deine Kontakte weisen es ab, sobald sie davon hören. Was darauf liegt, bleibt dort.",
  givesHistory: "Einem Gerät, das ich aufnehme, die Nachrichten der letzten 30 Tage geben",
  giveHistory: "Meine Nachrichten geben",
  historyTitle: (name) => `„${name}“ deine Nachrichten geben?`,
  historyText:
    "Es bekommt die Nachrichten der letzten 30 Tage, die auf diesem Gerät sind. Das geht von selbst weiter, sooft beide erreichbar sind.",
  historyBegun: "Es bekommt die Nachrichten der letzten 30 Tage.",
  hasHistory: (many) =>
    many === 1 ? "hat 1 Nachricht von früher" : `hat ${many} Nachrichten von früher`,
  getsHistory: (given, total) => `bekommt ${given} von ${total} Nachrichten von früher`,
  news: "Was neu war",
};
