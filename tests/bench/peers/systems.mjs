// The systems that are compared: how each is set up, served, written to, synchronised and looked into.

import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { begin, run } from "./processes.mjs";

export const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, "../../..");
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, "target");
const bench = path.join(target, "release/bench");
const hub = path.join(target, "release/posta-hub");
const script = (name) => path.join(here, name);

/** Writes the charts and the edits that every system is given. */
export const data = (held, folder) => run([bench, "peers", "data", held, folder]);

const posta = {
  name: "Posta",
  // After a meeting, or after a chart was looked at, there is something to tell the server once more.
  echoes: true,
  carrier: "udp",
  async found(folder, ports) {
    const [listen, told] = [ports.server, ports.proxy].map((it) => `127.0.0.1:${it}`);
    await run([bench, "peers", "found", folder, listen, told], {
      env: { POSTA_CARRIER: "udp" },
    });
  },
  serve: (folder, at, inside) =>
    begin(
      [...inside, hub, "--home", `${folder}/hub`, "serve", "--listen", `${at.host}:${at.port}`, "--no-tcp"],
      {
        env: { POSTA_LOG: "warn" },
      },
    ),
  write: (folder, clinic, edits, { opening }) => {
    const words = ["peers", "write", `${folder}/${clinic}`, edits, `${folder}/keys.json`];
    return run([bench, ...words, ...(opening ? ["--open"] : [])]);
  },
  async meet(folder, clinic, _url, options) {
    const figures = await run([bench, "peers", "meet", `${folder}/${clinic}`], {
      ...options,
      env: { POSTA_CARRIER: "udp" },
    });
    return {
      ...figures,
      app: {
        up: figures.appUp,
        down: figures.appDown,
        turns: figures.roundTrips,
      },
    };
  },
  show: (folder, clinic, edits) =>
    run([bench, "peers", "show", `${folder}/${clinic}`, edits, `${folder}/keys.json`]),
};

const pouch = (layout, name) => {
  const words = (...rest) => ["node", script("pouch.mjs"), layout, ...rest];
  return {
    name,
    echoes: true,
    carrier: "tcp",
    async found(folder) {
      for (const it of ["a", "b", "server/db"]) mkdirSync(`${folder}/${it}`, { recursive: true });
    },
    serve: (folder, at, inside) => {
      const server = script("node_modules/pouchdb-server/bin/pouchdb-server");
      const words = ["-d", "db", "-o", at.host, "-p", String(at.port)];
      return begin([...inside, "node", server, ...words], {
        cwd: `${folder}/server`,
      });
    },
    write: (folder, clinic, edits) => run(words("write", `${folder}/${clinic}`, edits, clinic)),
    meet: (folder, clinic, url, options) => run(words("meet", `${folder}/${clinic}`, url), options),
    show: (folder, clinic, edits) => run(words("show", `${folder}/${clinic}`, edits)),
  };
};

const automerge = {
  name: "automerge-repo",
  carrier: "tcp",
  async found(folder) {
    for (const it of ["a", "b", "server"]) mkdirSync(`${folder}/${it}`, { recursive: true });
  },
  serve: (folder, at, inside) =>
    begin([
      ...inside,
      "node",
      script("automerge.mjs"),
      "serve",
      `${folder}/server`,
      String(at.port),
      at.host,
    ]),
  write: (folder, clinic, edits) =>
    run(["node", script("automerge.mjs"), "write", `${folder}/${clinic}`, edits, clinic]),
  meet: (folder, clinic, url, options) => {
    // Which document lists the charts is told from person to person, like an invite.
    if (!existsSync(`${folder}/${clinic}/index.url`))
      copyFileSync(`${folder}/a/index.url`, `${folder}/b/index.url`);
    return run(["node", script("automerge.mjs"), "meet", `${folder}/${clinic}`, url], options);
  },
  show: (folder, clinic, edits) =>
    run(["node", script("automerge.mjs"), "show", `${folder}/${clinic}`, edits]),
};

export const systems = {
  posta,
  "pouch-chart": pouch("chart", "PouchDB, a document a chart"),
  "pouch-visit": pouch("visit", "PouchDB, a document a visit"),
  automerge,
};
