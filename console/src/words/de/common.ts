import type { common as english } from "../en/common.ts";

/** Words that stand in many places, in German. */
export const common: typeof english = {
  add: "Hinzufügen",
  back: "Zurück",
  cancel: "Lieber nicht",
  close: "Schließen",
  copied: "Kopiert",
  copy: (what) => `${what} kopieren`,
  copyLink: "Link kopieren",
  copyRefused: (what) =>
    `Der Browser lässt die Seite nicht kopieren (${what}). Markieren und selbst kopieren.`,
  goodUntil: (time) => `Gilt bis ${time}.`,
  leave: "Verlassen",
  link: "Link",
  loadFailed: "Das ließ sich nicht laden",
  loading: "Einen Moment …",
  peers: (many) => (many === 1 ? "1 Peer" : `${many} Peers`),
  qrTooLong: "Dieser Link ist für einen QR-Code zu lang. Kopiere ihn stattdessen.",
  remove: "Entfernen",
  save: "Speichern",
  saved: "Gespeichert.",
  silent: "Der Peer antwortet nicht. Läuft er?",
  silentHint: "Diese Seite kommt von selbst wieder.",
  revoked:
    "Dieses Gerät wurde von einem anderen deiner Geräte für immer widerrufen: Kontakte nehmen nichts mehr von ihm an. Nimm ein anderes.",
  upgraded: "Peernet ist jetzt neuer. Diese Seite lädt neu.",
  tryAgain: "Noch einmal versuchen",
  unread: "ungelesen",
  defect:
    "Das ging nicht. Lade die Seite neu, und sieh ins Protokoll des Peers, wenn es wieder geschieht.",
  views: {
    map: "Um mich",
    people: "Leute",
    groups: "Gruppen",
    money: "Geld",
    drive: "Ablage",
    status: "Zustand",
    settings: "Optionen",
    label: "Ansichten",
    skip: "Zum Inhalt springen",
  },
};
