import type { Refusals } from "../refusals.ts";

/** Why the peer refused something, in German. */
export const refusals: Refusals = {
  reasons: {
    "no-answer": "Der Peer antwortet nicht. Läuft er?",
    busy: "Gerade ist zu viel auf einmal. Versuche es gleich noch einmal.",
    disk: "Die Platte hat versagt, darum wurde nichts daraus. Versuche es noch einmal.",
    "disk-full": "Die Platte ist voll. Schaffe Platz und versuche es noch einmal.",
    "out-of-reach": "Kein Gerät davon antwortet jetzt. Versuche es später noch einmal.",
    "name-bad":
      "Dieser Name geht nicht: Er ist leer, zu lang, sieht aus wie eine Adresse oder hat Zeichen, die man nicht sieht.",
    "name-taken": "Ein anderer Kontakt heißt so oder sieht so aus. Nimm einen anderen Namen.",
    "invite-broken": "Das ist keine ganze Einladung. Kopiere den Link noch einmal, bis zum Ende.",
    "invite-expired": "Die Einladung ist abgelaufen. Bitte um eine neue.",
    "invite-own": "Das ist deine eigene Einladung. Schicke sie jemand anderem.",
    "invites-many":
      "So viele Einladungen sind offen, wie es sein dürfen. Nimm eine davon, oder warte, bis eine abgelaufen ist.",
    "contact-known": "Diese Person hast du schon als Kontakt.",
    "contact-unknown": "Das ist keiner deiner Kontakte, oder ihr seid euch noch nicht begegnet.",
    "contact-blocked": "Du hast diesen Kontakt gesperrt: Es geht nichts an ihn.",
    "contacts-full": "Du hast so viele Kontakte, wie es sein dürfen.",
    "person-link-broken": "Das ist kein ganzer Code einer Person. Kopiere ihn noch einmal.",
    "key-changed":
      "Der Schlüssel dieses geprüften Kontakts hat sich geändert. Frage nach dem Grund, ehe du ihn bestätigst.",
    "key-same": "Der Schlüssel hat sich nicht geändert: Es gibt nichts zu bestätigen.",
    "keys-differ":
      "Das ist nicht der Code dieser Person. Traue nichts, was über diesen Kontakt kam, bis du weißt, warum.",
    "words-differ":
      "Das sind nicht die Wörter, die hier stehen. Vielleicht steht jemand zwischen euch, oder die Wörter sind alt: Vergleicht noch einmal. Stimmen sie wieder nicht, dann traue nichts, was über diesen Kontakt kam.",
    "tries-many": "Es gab zuletzt viele Versuche. Versuche es in einer Stunde noch einmal.",
    "request-gone": "Diese Anfrage gibt es nicht. Vielleicht ist sie verfallen.",
    "request-refused":
      "Von hier werden dort jetzt keine Anfragen mehr angenommen. Versuche es in einigen Tagen noch einmal.",
    "request-no-way":
      "Keiner deiner Kontakte kennt einen offenen Weg dorthin. Bitte jemanden, euch bekannt zu machen.",
    "introductions-many": "Zu viel davon ist noch unterwegs. Warte, bis etwas angekommen ist.",
    "picture-bad": "Dieses Bild geht nicht: Es ist zu groß oder kein JPEG.",
    "device-unknown": "Ein solches Gerät gehört nicht dazu.",
    "device-name-bad":
      "Dieser Name geht nicht: Er ist leer, zu lang oder hat Zeichen, die man nicht sieht.",
    "device-junior":
      "Jenes Gerät war vor diesem da, dieses kann es also nicht widerrufen. Tu es auf einem älteren, oder stelle auf einem neuen mit den 24 Wörtern wieder her und tu es dort.",
    "device-out": "Dieses Gerät gehört nicht mehr dazu. Nimm ein anderes.",
    "device-out-already": "Dieses Gerät ist schon widerrufen.",
    "device-only":
      "Das ist dein einziges Gerät. Nimm zuerst ein neues auf, oder sei mit den 24 Wörtern wieder du auf einem neuen, und widerrufe dieses dort.",
    "device-link-broken": "Das ist kein ganzer Link. Kopiere ihn noch einmal, bis zum Ende.",
    "device-link-old": "Der Link ist nicht der neueste. Bitte um einen neuen.",
    "device-late": "Die Zeit ist um. Fange noch einmal an.",
    "device-gone": "Das andere Gerät ist weg. Fange noch einmal an.",
    "device-silent":
      "Das neue Gerät ging ohne ein Wort. Meldet es sich nicht in den nächsten Minuten, so gehört es nicht dazu.",
    "device-link-expired": "Das ist abgelaufen. Fange noch einmal an.",
    "device-words-differ":
      "Die Wörter stimmen nicht überein. Vielleicht steht jemand zwischen den Geräten, oder ein Wort ist vertippt. Nichts ist geschehen; fange noch einmal an, am besten mit dem Link.",
    "nothing-to-compare": "Nichts wartet darauf, dass Wörter verglichen werden.",
    "no-recovery-words": "Das geht nur auf einem Gerät, das deine 24 Wörter hat.",
    "share-refused":
      "Der Teil wurde nicht angenommen: Er ist beschädigt oder keiner von denen, die gemacht wurden.",
    "recovery-word-count": "Es müssen 24 Wörter sein. Zähle sie noch einmal.",
    "recovery-word-unknown":
      "Eines der Wörter steht nicht in der Liste. Sieh nach, wie es geschrieben wird.",
    "recovery-words-wrong":
      "Diese Wörter gehören nicht zusammen: Eines ist falsch oder steht an einer anderen Stelle. Vergleiche jedes.",
    "group-link-broken":
      "Das ist kein ganzer Link einer Gruppe, oder einer von einem neueren Peernet. Kopiere ihn noch einmal.",
    "group-invite-used": "Die Einladung ist abgelaufen oder aufgebraucht. Bitte um eine neue.",
    "group-not-member": "Du bist nicht (oder noch nicht) in dieser Gruppe.",
    "group-no-such-member": "Diese Person ist nicht in der Gruppe.",
    "group-forked":
      "Dieses Gerät hat in der Gruppe zweierlei erzählt, wie es eine alte Kopie tut: Sie nimmt nichts mehr von ihm an. Nimm ein anderes deiner Geräte, oder lass dich mit einem frischen neu einladen.",
    "group-stale":
      "Dieses Gerät weiß vielleicht nicht mehr, was es in der Gruppe gesagt hat. Es geht von selbst weiter, sobald mehr als die Hälfte der anderen erreichbar war.",
    "folder-link-broken":
      "Das ist kein ganzer Link eines Ordners, oder einer von einem neueren Peernet. Kopiere ihn noch einmal.",
    "folder-name-bad":
      "So kann ein Ordner nicht heißen: Der Name ist leer, zu lang oder hat Schrägstriche oder Steuerzeichen.",
    "folder-here": "Dieser Ordner ist schon hier.",
    "folder-forked":
      "Ein Gerät hat zwei verschiedene Geschichten dieses Ordners unterschrieben, wie nach einer alten Sicherung. Von ihm wird nichts mehr angenommen.",
    "read-only": "Diesen Ordner kannst du lesen, aber nicht ändern.",
    "path-gone": "Das gibt es hier nicht mehr.",
    "path-taken": "Hier heißt schon etwas so.",
    "path-bad": "So kann es nicht heißen.",
    "path-no-folder": "Dort ist eine Datei, kein Ordner.",
    "path-no-file": "Dort ist ein Ordner, keine Datei.",
    "path-no-parent": "Den Ordner, in den es soll, gibt es nicht.",
    "changed-meanwhile": "Jemand anderes hat es inzwischen geändert. Sieh es dir noch einmal an.",
    "holder-out-of-reach":
      "Wer das hat, ist jetzt nicht erreichbar. Versuche es später noch einmal.",
    "object-link-broken":
      "Das ist kein ganzer Link, oder einer von einem neueren Peernet. Kopiere ihn noch einmal.",
    "object-unknown": "Das ist nicht in deiner Ablage.",
    "object-not-enough":
      "Davon ist jetzt zu wenig erreichbar. Versuche es noch einmal, wenn mehr Peers in der Nähe sind.",
    "object-stalled":
      "Peers, die das Fehlende haben, antworten gerade nicht. Versuche es in einer Weile noch einmal.",
    "disk-loading": "Die Platte wird noch gelesen. Versuche es gleich noch einmal.",
    "message-empty": "Die Nachricht ist leer. Schreibe erst etwas.",
    "message-too-long": "Die Nachricht ist zu lang. Schicke sie in Teilen oder als Datei.",
    "message-signs": "Die Nachricht hat Steuerzeichen oder kaputte Buchstaben.",
    "messages-waiting":
      "So viele Nachrichten warten schon auf diese Person. Lass sie erst einmal erreichbar werden.",
    "line-forked":
      "Der andere hat zwei verschiedene Bücher unterschrieben. Die Linie steht still, der Beweis ist verwahrt; was man dir schuldet, bleibt aufgeschrieben.",
    "line-broken":
      "Der andere hat unterschrieben, was nicht abgemacht ist. Die Linie steht still, der Beweis ist verwahrt; was man dir schuldet, bleibt aufgeschrieben.",
    "line-ours-forked":
      "Von dir wurden zwei verschiedene Bücher unterschrieben, wie von einer alten Kopie. Die Linie steht still; andere gehen weiter.",
    "line-declined": "Diese Linie hast du abgelehnt.",
    "line-not-accepted": "Nimm die Linie erst an.",
    "line-elsewhere":
      "Ein anderes Gerät von dir schreibt diese Linie. Nimm jenes, oder übernimm sie, wenn es endgültig verloren ist.",
    "line-written-here": "Dieses Gerät schreibt die Linie schon.",
    "line-unsure":
      "Der andere muss erst sagen, wie weit dein Teil dieser Linie ist. Das geschieht von selbst, sobald ihr euch erreicht; versuche es dann noch einmal.",
    "payment-too-much": "So viel geht jetzt nicht über die Linie.",
    "payment-no-way": "Dafür gibt es keinen Weg: Keine Linie führt jetzt dorthin.",
    "payment-expired": "Diese Bitte um Geld ist abgelaufen. Bitte um eine neue.",
    "payee-out-of-reach":
      "Wer das Geld bekommen soll, antwortet nicht. Es wurde nichts gezahlt; versuche es später noch einmal.",
    "port-bad": "Ein Port ist eine Zahl bis 65535.",
    "port-taken": "Dieser Port ist schon vergeben. Nimm einen anderen.",
    "port-not-allowed": "Diesen Port darf der Peer nicht öffnen. Nimm einen höheren.",
    "door-unknown": "Das ist hier nicht offen.",
    "rule-unknown": "Eine solche Regel gibt es nicht.",
    "served-already": "Unter diesem Namen wird schon etwas angeboten. Nimm einen anderen.",
  },
  leads: {
    unauthorized: "Dieses Fenster ist beim Peer nicht angemeldet.",
    forbidden: "Das ist hier nicht erlaubt.",
    "not-found": "Das gibt es hier nicht.",
    "bad-request": "So geht das nicht.",
    "bad-method": "So geht das hier nicht.",
    "bad-range": "So weit reicht es nicht.",
    "too-slow": "Das kam zu langsam.",
    "too-large": "Das ist zu groß.",
    conflict: "Das verträgt sich nicht mit dem, was schon da ist.",
    unavailable: "Das geht gerade nicht.",
    "disk-full": "Die Platte ist voll. Schaffe Platz und versuche es noch einmal.",
    timeout: "Es kam keine Antwort.",
    internal: "Im Peer ging etwas schief.",
  },
  detail: (lead, said) => `${lead} Der Peer sagt: „${said}“`,
};
