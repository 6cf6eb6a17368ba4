// What the unlock screen says.

export const words = {
  welcome: (site: string) => (site ? `Welcome to ${site}` : "Welcome"),
  who: "Who are you?",
  needsPerson: "Choose your name.",
  passphrase: "Passphrase",
  needsPassphrase: "Write your passphrase.",
  capsLock: "Caps Lock is on.",
  unlock: "Unlock",
  safe: "The records on this computer are encrypted. Nobody reads them without a passphrase.",
  draftsKept: "Posta was locked. What you were writing is kept; unlock to go on.",
  cannot: "Posta cannot open here yet",
  again: "Try again",
  wait: (seconds: number) => `Wait ${seconds} seconds before the next try.`,
};
