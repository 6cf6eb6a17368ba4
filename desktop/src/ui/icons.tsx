// The few signs the window uses, drawn for it on a grid of 24. All are decoration: the words beside them say the same.

import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="1.25em"
      height="1.25em"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.1"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

/** The signpost that is a P: the program itself. */
export function Mark() {
  return (
    <svg viewBox="88 72 336 388" width="1.45em" height="1.7em" aria-hidden="true" focusable="false">
      <path
        fill="currentColor"
        fillRule="evenodd"
        d="M156 84h132a112 112 0 0 1 0 224h-72v124h-72V96a12 12 0 0 1 12-12zM270 128v46h-46v44h46v46h44v-46h46v-44h-46v-46z"
      />
      <rect x="96" y="432" width="320" height="20" rx="10" fill="var(--road)" />
    </svg>
  );
}

export const Search = () => (
  <Icon>
    <circle cx="10.5" cy="10.5" r="6.5" />
    <path d="m15.5 15.5 5 5" />
  </Icon>
);

export const Danger = () => (
  <Icon>
    <path d="M12 3.5 22 20.5H2z" />
    <path d="M12 10v4.5M12 17.6v.1" />
  </Icon>
);

export const Check = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="m8 12.3 2.8 2.8L16 9.6" />
  </Icon>
);

export const Question = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" strokeDasharray="3.2 2.4" />
    <path d="M9.6 9.6a2.5 2.5 0 1 1 3.4 2.3c-.7.3-1 .8-1 1.6M12 16.6v.1" />
  </Icon>
);

export const Fork = () => (
  <Icon>
    <path d="M12 21v-7M12 14C12 9 5 10 5 4M12 14c0-5 7-4 7-10" />
    <path d="m2.6 6.2 2.4-2.6 2.4 2.6M16.6 6.2 19 3.6l2.4 2.6" />
  </Icon>
);

export const Computer = () => (
  <Icon>
    <rect x="3" y="4.5" width="18" height="12" rx="1.6" />
    <path d="M8.5 20.5h7M12 16.5v4" />
  </Icon>
);

export const Clock = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7v5.3l3.4 2" />
  </Icon>
);

export const Round = () => (
  <Icon>
    <path d="M20 12a8 8 0 0 1-14.2 5M4 12a8 8 0 0 1 14.2-5" />
    <path d="M18.6 2.8V7.2h-4.4M5.4 21.2v-4.4h4.4" />
  </Icon>
);

export const Lock = () => (
  <Icon>
    <rect x="5" y="10.5" width="14" height="10" rx="1.8" />
    <path d="M8 10.5V7.6a4 4 0 0 1 8 0v2.9" />
  </Icon>
);

export const Person = () => (
  <Icon>
    <circle cx="12" cy="8" r="4" />
    <path d="M4 20.5c1-4 4-6 8-6s7 2 8 6" />
  </Icon>
);

export const Plus = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);

export const Pen = () => (
  <Icon>
    <path d="m4 20 1-4.4L16.5 4.1a1.8 1.8 0 0 1 2.6 0l.8.8a1.8 1.8 0 0 1 0 2.6L8.4 19z" />
  </Icon>
);

export const Back = () => (
  <Icon>
    <path d="M20 12H4.5M11 5.5 4.5 12l6.5 6.5" />
  </Icon>
);
