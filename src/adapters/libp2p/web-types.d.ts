// Names of the web platform that libp2p's types use and Node's lack (DOM section 2, Web Crypto
// section 15). Types alone: with TypeScript's whole "dom" our code would see a window, too.

interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

interface CustomEventInit<T = unknown> extends EventInit {
  detail?: T;
}

interface AddEventListenerOptions {
  capture?: boolean;
  once?: boolean;
  passive?: boolean;
  signal?: AbortSignal;
}

interface JsonWebKey {
  [member: string]: unknown;
}
