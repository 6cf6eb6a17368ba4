// The component kit, Mantine, and how it is held.
//
// Why Mantine: it is MIT, released every few weeks for React's newest, and brings what a record system needs for years
// (forms with labels and errors wired for screen readers, dialogs that hold the focus, date pickers, tables, charts) in
// one style. Two of its habits are switched off, because the content policy forbids styles written at run time: its
// variables stand in tokens.css, and its style sheets are imported here, one for each component in use.

import "@mantine/core/styles/baseline.layer.css";
import "@mantine/core/styles/default-css-variables.layer.css";
import "@mantine/core/styles/global.layer.css";
import "@mantine/core/styles/UnstyledButton.layer.css";
import "@mantine/core/styles/Button.layer.css";
import "@mantine/core/styles/CloseButton.layer.css";
import "@mantine/core/styles/ActionIcon.layer.css";
import "@mantine/core/styles/Input.layer.css";
import "@mantine/core/styles/InlineInput.layer.css";
import "@mantine/core/styles/PasswordInput.layer.css";
import "@mantine/core/styles/Loader.layer.css";
import "@mantine/core/styles/Overlay.layer.css";
import "@mantine/core/styles/Paper.layer.css";
import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Modal.layer.css";
import "@fontsource-variable/atkinson-hyperlegible-next/wght.css";
import "./base.css";

import {
  createTheme,
  type MantineColorSchemeManager,
  type MantineColorsTuple,
  MantineProvider,
} from "@mantine/core";
import type { ReactNode } from "react";

// The kit wants ten shades of its main colour; the ones it uses are named in tokens.css.
const GREEN: MantineColorsTuple = [
  "#e3efea",
  "#d3e6df",
  "#b5d5ca",
  "#9dc4b8",
  "#5fa08f",
  "#2f7a6b",
  "#0d5c50",
  "#09463d",
  "#07362f",
  "#052822",
];

const theme = createTheme({
  primaryColor: "posta",
  primaryShade: 6,
  colors: { posta: GREEN },
  components: {
    Button: { defaultProps: { size: "md" } },
    TextInput: { defaultProps: { size: "md" } },
    PasswordInput: { defaultProps: { size: "md" } },
    Textarea: { defaultProps: { size: "md" } },
  },
});

// The kit would keep the colour scheme in the browser's own storage; this window keeps nothing there.
const noScheme: MantineColorSchemeManager = {
  get: () => "light",
  set: () => {},
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => {},
};

export function Kit({ children }: { children: ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      forceColorScheme="light"
      colorSchemeManager={noScheme}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      {children}
    </MantineProvider>
  );
}
