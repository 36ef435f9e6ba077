/** Words about the picture that people show of themselves. */
export const picture = {
  none: "You show no picture.",
  shown: "Contacts and members of your groups see this.",
  who: "People whom you have met and members of your groups see it, strangers do not. It is made small here: where and with what it was taken does not leave this browser.",
  choose: "Choose a picture",
  chosen: "They see it as they come into reach.",
  remove: "Show none",
  removed: "You show no picture any more.",
  unreadable: "The browser cannot read this as a picture. Take a JPEG, a PNG or a WebP.",
};
