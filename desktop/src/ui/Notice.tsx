// A message that stands until what it says is no longer so.

import type { ReactNode } from "react";
import { Check, Clock, Danger, Fork, Question } from "./icons";
import "./Notice.css";

const SIGNS = { danger: Danger, doubt: Clock, question: Question, settled: Check, choice: Fork };

export type NoticeKind = keyof typeof SIGNS;

interface NoticeProps {
  kind: NoticeKind;
  title?: string | undefined;
  children?: ReactNode;
  action?: ReactNode;
}

export function Notice({ kind, title, children, action }: NoticeProps) {
  const Sign = SIGNS[kind];
  return (
    <div className={`notice notice-${kind}`} role={kind === "danger" ? "alert" : "status"}>
      <span className="notice-sign">
        <Sign />
      </span>
      <div className="notice-text">
        {title ? <p className="notice-title">{title}</p> : null}
        {children}
      </div>
      {action ? <div className="notice-action">{action}</div> : null}
    </div>
  );
}
