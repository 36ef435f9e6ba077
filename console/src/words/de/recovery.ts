import type { recovery as english } from "../en/recovery.ts";

/** Words about coming back after a loss, in German. */
export const recovery: typeof english = {
  title: "Wiederkommen",
  intro:
    "Sind alle Geräte verloren, bringen 24 Wörter auf Papier dich zurück. Niemand sonst kann das.",
  words: "Deine 24 Wörter",
  notHere:
    "Deine 24 Wörter liegen nicht auf diesem Gerät: Ein anderes von dir hat es aufgenommen. Sieh dort nach.",
  confirmed: "Du hast gezeigt, dass du sie aufgeschrieben hast. Keine Seite zeigt sie mehr.",
  unconfirmed: "Noch hat niemand gezeigt, dass sie aufgeschrieben sind.",
  show: "Wörter zeigen",
  warning:
    "Wer sie liest, gilt als du. Niemand von Peernet fragt je danach. Sieh dich um: Schaut jemand zu, oder wird dieser Bildschirm gezeigt?",
  write:
    "Schreib sie auf Papier, in dieser Reihenfolge. Sie werden gezeigt, bis du sie bestätigt hast, danach von keiner Seite mehr.",
  written: "Ich habe sie aufgeschrieben",
  asked: "Welche Wörter stehen an diesen Stellen?",
  word: (place) => `Wort ${place}`,
  confirm: "Bestätigen",
  right: "Richtig. Verwahre das Papier dort, wo liegt, was nicht verloren gehen darf.",
  hide: "Verbergen",
  friends: "Freunde statt Papier",
  friendsIntro:
    "Jeder Freund verwahrt einen Teil. Genug von ihnen bringen dich zurück; weniger erfahren nichts. Gemeinsam könnten sie auch ohne dich handeln: Wähle Leute, die das nicht täten.",
  friendsNone: "Niemand ist gewählt.",
  friendsBefore:
    "Dieses Gerät wurde wiederhergestellt: Wen du früher gewählt hast, ist hier nicht bekannt. Ihre Teile bringen dich weiter zurück, bis du neu wählst.",
  friendsNow: (need, all) => `Je ${need} von diesen ${all} bringen dich zurück:`,
  hasShare: "hat den Teil",
  onItsWay: "unterwegs",
  choose: "Freunde wählen",
  chooseMany: "Wer verwahrt einen Teil?",
  need: "Wie viele davon nötig sind",
  give: "Teile ausgeben",
  given: "Die Teile sind unterwegs.",
  takeBack: "Zurücknehmen",
  takeBackTitle: "Die Teile zurücknehmen?",
  takeBackText:
    "Deine Freunde werden gebeten, ihre Teile zu löschen. Wer es nicht tut, hat seinen noch.",
  tooFew: "Wähle mindestens zwei Leute, die du getroffen hast.",
  nobody: "Triff erst jemanden: Lade unter Leute Freunde ein.",
  help: "Einem Freund zurückhelfen",
  helpIntro: "Du verwahrst einen Teil. Er schickt dir einen Link und liest dir vier Wörter vor.",
  keptFor: (need, total) => `${need} von ${total} Teilen sind nötig`,
  helpLink: "Der Link, der dir geschickt wurde",
  helpBegin: "Beginnen",
  helpReaching: "Das andere Gerät wird gesucht …",
  helpCompare: (who) =>
    `Ruf ${who} an, oder stell dich daneben, und sei sicher, wer da fragt. Welche vier Wörter werden dir vorgelesen?`,
  helpSending: "Der Teil wird übergeben …",
  helpDone: (have, need) =>
    have >= need
      ? "Übergeben, und es war der letzte nötige."
      : `Übergeben. ${have} von ${need} sind da.`,
};
