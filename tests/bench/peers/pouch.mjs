// One clinic with PouchDB, on leveldb; its server is `pouchdb-server` as it comes. Layouts: `chart` keeps one document a
// chart, `visit` one a patient and one a visit.
// `node pouch.mjs LAYOUT write HOME EDITS AUTHOR`, `meet HOME URL`, `show HOME EDITS`

import http from "node:http";
import PouchDB from "pouchdb";
import { apply, byChart, digest, shown, tell, timed } from "./chart.mjs";

// Without this every request would open a connection of its own, which no browser does.
const agent = new http.Agent({ keepAlive: true });
// A server that closes an idle connection just as it is used again makes a replication fail; it is safe to repeat.
const ATTEMPTS = 5;
const [layout, step, home, ...rest] = process.argv.slice(2);
const db = new PouchDB(`${home}/charts`);

const layouts = {
  chart: {
    read: async (key) => [await db.get(key, { conflicts: true })],
    join: ([doc]) => doc,
    part: (key, doc) => [{ ...doc, _id: key }],
  },
  visit: {
    read: async (key) => {
      const range = {
        startkey: `${key}/`,
        endkey: `${key}/\uffff`,
        include_docs: true,
      };
      const visits = (await db.allDocs(range)).rows.map((it) => it.doc);
      return [await db.get(key, { conflicts: true }), ...visits];
    },
    join: ([doc, ...visits]) => ({
      ...doc,
      visits: Object.fromEntries(visits.map((it) => [it._id, it])),
    }),
    // A visit is written once: those that are stored have a revision and stay as they are.
    part: (key, { visits, ...doc }) => [
      { ...doc, _id: key },
      ...Object.entries(visits)
        .filter(([, visit]) => !visit._rev)
        .map(([id, visit]) => ({ ...visit, _id: `${key}/${id}` })),
    ],
  },
};
const { read, join, part } = layouts[layout];

async function write(file, author) {
  let written = 0;
  const waiting = [];
  for (const [key, edits] of await byChart(file)) {
    const doc = edits[0].register ? {} : join(await read(key));
    delete doc._conflicts;
    for (const edit of edits) apply(doc, edit, author);
    waiting.push(...part(key, doc));
    written += edits.length;
    if (waiting.length >= 500) await put(waiting.splice(0));
  }
  await put(waiting);
  return { edits: written };
}

async function put(docs) {
  for (const result of await db.bulkDocs(docs)) {
    if (result.error) throw new Error(`${result.id}: ${result.message}`);
  }
}

async function meet(url) {
  const remote = new PouchDB(`${url}/charts`, {
    fetch: (it, options) => PouchDB.fetch(it, { ...options, agent }),
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { push, pull } = await PouchDB.sync(db, remote);
      return {
        pushed: push.docs_written,
        taken: pull.docs_written,
        attempts: attempt,
      };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      process.stderr.write(`pouch: again after: ${error.message}\n`);
    }
  }
}

async function show(file) {
  const charts = [];
  for (const key of (await byChart(file)).keys()) {
    const docs = await read(key);
    // What lost is still there until it is compacted away, for whoever asks for it by name.
    const lost = (docs[0]._conflicts ?? []).map((rev) => db.get(key, { rev, revs: true }));
    const hidden = [];
    for (const it of await Promise.all(lost)) hidden.push(...differences(it, docs[0], await parent(it)));
    charts.push({ ...shown(join(docs)), told: [], hidden });
  }
  return { charts };
}

/** What a document said before a revision. */
function parent({ _id, _revisions: { start, ids } }) {
  return db.get(_id, { rev: `${start - 1}-${ids[1]}` });
}

/** What a revision that lost wrote and the one that is shown does not say. */
function differences(lost, won, before) {
  const wrote = ["birthDate", "sex"].filter((it) => lost[it] !== before[it] && lost[it] !== won[it]);
  const fields = wrote.map((it) => `${it} ${lost[it]}`);
  const visits = Object.keys(lost.visits ?? {}).filter((it) => !won.visits[it]);
  return visits.length ? [...fields, `visits ${visits.length}`] : fields;
}

async function held() {
  const { rows } = await db.allDocs({ include_docs: true });
  return { documents: rows.length, digest: digest(rows.map((it) => it.doc)) };
}

if (step === "write") tell(await timed(() => write(...rest)));
else if (step === "meet") tell({ ...(await timed(() => meet(...rest))), ...(await held()) });
else tell(await show(...rest));
await db.close();
agent.destroy();
