import type { picture as english } from "../en/picture.ts";

/** Words about the picture that people show of themselves, in German. */
export const picture: typeof english = {
  none: "Du zeigst kein Bild.",
  shown: "Das sehen Kontakte und Mitglieder deiner Gruppen.",
  who: "Wen du getroffen hast und wer mit dir in einer Gruppe ist, sieht es, Fremde nicht. Es wird hier klein gemacht: Wo und womit es aufgenommen wurde, verlässt diesen Browser nicht.",
  choose: "Ein Bild wählen",
  chosen: "Sie sehen es, sobald sie erreichbar sind.",
  remove: "Keines zeigen",
  removed: "Du zeigst kein Bild mehr.",
  unreadable: "Der Browser kann das nicht als Bild lesen. Nimm ein JPEG, PNG oder WebP.",
};
