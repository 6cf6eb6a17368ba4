// What stays while screens come and go: the way about on top, the honest line below.

import type { ReactNode } from "react";
import { Fork, Lock, Mark, Person, Plus, Search } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { words as common } from "#ui/words.ts";
import { StatusLine } from "./StatusLine";
import type { Standing } from "./useStatus";
import { words } from "./words";
import "./Frame.css";

interface FrameProps {
  standing: Standing;
  at: string;
  onFind: () => void;
  onRegister: () => void;
  onConflicts: () => void;
  onHelp: () => void;
  onPeople: () => void;
  onLock: () => void;
  children: ReactNode;
}

export function Frame({ standing, at, children, ...go }: FrameProps) {
  const status = standing.status;
  return (
    <div className="frame">
      <header className="top">
        <div className="top-brand">
          <Mark />
          <span className="top-site">{status?.site}</span>
        </div>
        <nav className="top-nav" aria-label={words.nav}>
          <TopButton
            onClick={go.onFind}
            current={at === "find"}
            icon={<Search />}
            label={words.find}
            hint="F2"
          />
          <TopButton
            onClick={go.onRegister}
            current={at === "register"}
            icon={<Plus />}
            label={words.register}
            hint="F3"
          />
          {status && status.conflicts > 0 ? (
            <TopButton
              onClick={go.onConflicts}
              current={at === "conflicts"}
              icon={<Fork />}
              label={words.decide(status.conflicts)}
            />
          ) : null}
        </nav>
        <div className="top-who">
          <button
            type="button"
            className="top-button top-person"
            title={words.people}
            aria-current={at === "people" ? "page" : undefined}
            onClick={go.onPeople}
          >
            <Person />
            <span>
              {status?.person}
              <span className="top-role">{status ? (common.role[status.role] ?? status.role) : ""}</span>
            </span>
            <Key>F7</Key>
          </button>
          <TopButton onClick={go.onHelp} current={false} label={words.help} hint="F1" />
          <TopButton onClick={go.onLock} current={false} icon={<Lock />} label={words.lock} hint="F9" />
        </div>
      </header>
      <div className="screen">{children}</div>
      <StatusLine standing={standing} />
    </div>
  );
}

interface TopButtonProps {
  onClick: () => void;
  current: boolean;
  icon?: ReactNode;
  label: string;
  hint?: string;
}

function TopButton({ onClick, current, icon, label, hint }: TopButtonProps) {
  return (
    <button
      type="button"
      className="top-button"
      aria-current={current ? "page" : undefined}
      onClick={onClick}
    >
      {icon}
      {label}
      {hint ? <Key>{hint}</Key> : null}
    </button>
  );
}
