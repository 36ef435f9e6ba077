import type { records as english } from "../en/records.ts";

/** Words of the pages about the log, and about everything as one file, in German. */
export const records: typeof english = {
  logsIntro:
    "Was dieser Peer tut und was schiefgeht. Die Zeilen nennen Peers, Verbindungen und Codes; keine Nachrichten, keine Schlüssel.",
  logsEnglish: "Die Zeilen selbst sind englisch.",
  level: "Wie viel",
  levels: {
    debug: "Alles",
    info: "Was zählt",
    warn: "Nur Warnungen",
  },
  levelNames: { debug: "Einzelheit", info: "Notiz", warn: "Warnung" },
  find: "Im Protokoll suchen",
  findExample: "neighbour, ein Peer, ein Fehler",
  none: "Noch ist nichts geschrieben",
  noneHint: "Zeilen erscheinen hier von selbst, sobald sie geschrieben werden.",
  notFound: "Keine Zeile enthält alle diese Wörter.",
  shown: (many) => `${many} ${many === 1 ? "Zeile" : "Zeilen"}, die neueste zuerst`,
  older: (many) => `${many} ältere passen auch.`,
  showAll: "Zeigen",
  file: (file) => `Noch ältere: ${file}`,
  saveLog: "Diese Zeilen speichern",
  exportIntro: "Eine Datei mit dem, was dein ist, überall ohne Peernet zu lesen.",
  exportIn: "Was darin ist",
  exportInList: () => [
    "Kontakte, als vCard und JSON",
    "Nachrichten aller Unterhaltungen und Gruppen, als Text und JSON",
    "Gruppen: wer darin ist, und was sie dürfen",
    "Geld: Kontoauszüge und Quittungen, als Tabellen",
    "Deine Dateien und Ordner als Listen, mit ihren Links",
    "Einstellungen, und dein Bild",
  ],
  exportOut: "Was fehlt",
  exportOutList: () => [
    "Geheime Schlüssel und die 24 Wörter: Mit dieser Datei kann niemand du werden",
    "Was in deinen Dateien steht: Speichere sie einzeln, oder nimm den Ordner dieses Peers mit",
    "Nachrichten und Auszüge, die dieses Gerät nie hatte",
    "Bilder anderer, das Protokoll, und was du gelöscht hast",
  ],
  exportWarning:
    "Wer diese Datei hat, liest deine Nachrichten und kommt über die Links an deine Dateien. Bewahre sie auf wie ein Tagebuch.",
  exportButton: "Alles als Datei speichern",
};
