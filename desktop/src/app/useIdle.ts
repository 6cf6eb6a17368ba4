// A shared computer is left alone: after a while without a hand on it, it locks. Nothing typed is lost by that.

import { useEffect, useRef } from "react";

const IDLE_MS = 10 * 60_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel", "focus"] as const;

export function useIdle(watching: boolean, onIdle: () => void): void {
  const act = useRef(onIdle);
  useEffect(() => {
    act.current = onIdle;
  });
  useEffect(() => {
    if (!watching) return undefined;
    let last = Date.now();
    let timer = window.setTimeout(() => act.current(), IDLE_MS);
    const again = () => {
      window.clearTimeout(timer);
      // A timer may stand still while the computer sleeps. The clock does not: whoever wakes it finds it locked.
      if (Date.now() - last >= IDLE_MS) return act.current();
      last = Date.now();
      timer = window.setTimeout(() => act.current(), IDLE_MS);
    };
    const options = { passive: true, capture: true };
    for (const sign of SIGNS) window.addEventListener(sign, again, options);
    return () => {
      window.clearTimeout(timer);
      for (const sign of SIGNS) window.removeEventListener(sign, again, options);
    };
  }, [watching]);
}
