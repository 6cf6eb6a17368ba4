// One clinic with automerge-repo: one document a chart, and one that lists them, for nothing else tells a clinic which
// charts there are. `node automerge.mjs write HOME EDITS AUTHOR`, `meet HOME URL`, `show HOME EDITS`, `serve HOME PORT HOST`

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { getConflicts } from "@automerge/automerge";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter, WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";
import { apply, byChart, digest, shown, tell, timed } from "./chart.mjs";

// Opening all documents at once starves the event loop until the server gives the connection up.
const AT_ONCE = 64;
/** A new document may be called "unavailable" although the server has it; then only another meeting helps. */
const ATTEMPTS = 5;
const [step, home, ...rest] = process.argv.slice(2);
const listed = `${home}/index.url`;

function open(options) {
  return new Repo({
    storage: new NodeFSStorageAdapter(`${home}/charts`),
    ...options,
  });
}

/** The document that lists the charts; who begins writes where it is, and others are told (by copying that file). */
async function index(repo) {
  if (existsSync(listed)) return repo.find(readFileSync(listed, "utf8"));
  const handle = repo.create({ charts: {} });
  writeFileSync(listed, handle.url);
  return handle;
}

async function write(file, author) {
  const repo = open();
  const list = await index(repo);
  const created = {};
  let written = 0;
  for (const [key, edits] of await byChart(file)) {
    const url = list.doc().charts[key];
    const handle = url ? await repo.find(url) : repo.create();
    for (const edit of edits) handle.change((doc) => apply(doc, edit, author));
    if (!url) created[key] = handle.url;
    written += edits.length;
    await repo.flush([handle.documentId]);
    await repo.removeFromCache(handle.documentId);
  }
  list.change((doc) => Object.assign(doc.charts, created));
  await repo.flush();
  return { edits: written };
}

/** Waits until the server has said that it has what this handle has. */
function same(handle, server) {
  return new Promise((resolve) => {
    const look = () => {
      const theirs = handle.getSyncInfo(server)?.lastHeads;
      if (theirs && [...theirs].sort().join() === [...handle.heads()].sort().join()) {
        handle.off("remote-heads", look);
        handle.off("heads-changed", look);
        resolve();
      }
    };
    handle.on("remote-heads", look);
    handle.on("heads-changed", look);
    look();
  });
}

async function meet(url) {
  for (let attempt = 1; ; attempt += 1) {
    const adapter = new WebSocketClientAdapter(url.replace("http", "ws"));
    try {
      return { ...(await meetOnce(adapter)), attempts: attempt };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      process.stderr.write(`automerge: again after: ${error.message}\n`);
      adapter.disconnect();
    }
  }
}

async function meetOnce(adapter) {
  const joined = new Promise((resolve) => {
    adapter.on("peer-candidate", ({ peerMetadata }) => resolve(peerMetadata.storageId));
  });
  const repo = open({ network: [adapter] });
  const server = await joined;
  const list = await index(repo);
  await same(list, server);
  const waiting = Object.values(list.doc().charts);
  const docs = [];
  const work = async () => {
    for (let url = waiting.pop(); url; url = waiting.pop()) {
      const handle = await repo.find(url);
      await same(handle, server);
      docs.push(handle);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { repo, docs };
}

async function show(file) {
  const repo = open();
  const list = await index(repo);
  const charts = [];
  for (const key of (await byChart(file)).keys()) {
    const doc = (await repo.find(list.doc().charts[key])).doc();
    const hidden = ["birthDate", "sex"].flatMap((it) => {
      const values = Object.values(getConflicts(doc, it) ?? {}).map(String);
      return values.filter((value) => value !== doc[it]).map((value) => `${it} ${value}`);
    });
    charts.push({ ...shown(doc), told: [], hidden });
  }
  return { charts };
}

function serve(port, host) {
  const server = new WebSocketServer({ port: Number(port), host });
  // As the project's own sync server does: it answers who asks, and offers nothing by itself.
  open({
    network: [new WebSocketServerAdapter(server)],
    peerId: "server",
    sharePolicy: async () => false,
  });
  server.on("listening", () => process.stdout.write("ready\n"));
}

if (step === "serve") {
  serve(...rest);
} else {
  const steps = {
    write: () => timed(() => write(...rest)),
    show: () => show(...rest),
  };
  if (step === "meet") {
    const { repo, docs, ...figures } = await timed(() => meet(...rest));
    await repo.flush();
    tell({
      ...figures,
      documents: docs.length,
      digest: digest(docs.map((it) => it.doc())),
    });
  } else {
    tell(await steps[step]());
  }
  process.exit(0);
}
