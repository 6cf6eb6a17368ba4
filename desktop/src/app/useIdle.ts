// A shared computer is left alone: after a while without a hand on it, it locks. Nothing typed is lost by that.

import { useEffect, useRef } from "react";

const IDLE_MS = 10 * 60_000;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel"] as const;

export function useIdle(watching: boolean, onIdle: () => void): void {
  const act = useRef(onIdle);
  useEffect(() => {
    act.current = onIdle;
  });
  useEffect(() => {
    if (!watching) return undefined;
    let timer = window.setTimeout(() => act.current(), IDLE_MS);
    const again = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => act.current(), IDLE_MS);
    };
    for (const sign of SIGNS) window.addEventListener(sign, again, { passive: true });
    return () => {
      window.clearTimeout(timer);
      for (const sign of SIGNS) window.removeEventListener(sign, again);
    };
  }, [watching]);
}
