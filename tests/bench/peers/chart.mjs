// A chart as one JSON document, as somebody would lay it out who builds on these systems, and the edits to it.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import readline from "node:readline";

/** Reads a file of edits, one a line. */
export async function* edits(file) {
  for await (const line of readline.createInterface({
    input: createReadStream(file),
  })) {
    yield JSON.parse(line);
  }
}

/** The edits of a file by chart, in the file's order. */
export async function byChart(file) {
  const charts = new Map();
  for await (const edit of edits(file)) {
    const list = charts.get(edit.chart);
    if (list) list.push(edit);
    else charts.set(edit.chart, [edit]);
  }
  return charts;
}

/** Applies an edit to a document in place. Who and when is said as Posta says it by itself. */
export function apply(doc, edit, author) {
  const stamp = { by: author, at: new Date().toISOString() };
  if (edit.register) {
    const { phone, ...rest } = edit.register;
    Object.assign(doc, rest, {
      registered: stamp,
      phones: phone ? [phone] : [],
      visits: {},
      corrections: [],
    });
  } else if (edit.visit) {
    doc.visits[crypto.randomUUID()] = { ...stamp, ...edit.visit };
  } else {
    const { phone, reason, ...rest } = edit.correction;
    Object.assign(doc, rest);
    if (phone) doc.phones.push(phone.value);
    doc.corrections.push({ ...stamp, reason });
  }
}

/** What a clinic sees of a chart. */
export function shown(doc) {
  return {
    birthDate: doc.birthDate,
    sex: doc.sex,
    visits: Object.keys(doc.visits).length,
  };
}

/** One number for all that a replica holds: two replicas that are equal have the same. */
export function digest(docs) {
  const hashes = docs.map((it) => createHash("sha256").update(canonical(it)).digest("hex"));
  return createHash("sha256").update(hashes.sort().join()).digest("hex").slice(0, 16);
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((it) => `${JSON.stringify(it)}:${canonical(value[it])}`).join()}}`;
}

/** Runs work and returns what it took. */
export async function timed(work) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const spent = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - start) / 1000,
    cpu_seconds: (spent.user + spent.system) / 1e6,
    ...result,
  };
}

/** Prints the figures of one step. */
export function tell(figures) {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
