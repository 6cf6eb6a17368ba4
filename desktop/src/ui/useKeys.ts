// What a key does on a screen. Function keys and Escape only: they never stand for a letter, in any language.

import { useEffect, useRef } from "react";

export type Keys = Readonly<Record<string, () => void>>;

/** Hears keys by name ("F2", "Escape", "Ctrl+Enter") while the component is shown and no dialog is open. */
export function useKeys(keys: Keys): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector("[role=dialog]")) return;
      const act = current.current[`${event.ctrlKey ? "Ctrl+" : ""}${event.key}`];
      if (!act) return;
      event.preventDefault();
      // A key that is held down means what it meant when it went down.
      if (!event.repeat) act();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}
