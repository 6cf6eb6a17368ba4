// Compares Posta's sync with that of other systems: the same charts, the same day, one run.
//
//   node tests/bench/peers/compare.mjs [--charts 2000] [--seed 1] [--only posta,pouch-chart,pouch-visit,automerge]
//                                      [--wan PROGRAM] [--out FILE] [--keep FOLDER]
//
// It sets up what is missing (the packages, the release build), and prints a table. Each system has a server and two
// clinics, each client step in a process of its own, with a counting proxy in front of the server.
//
// `--wan PROGRAM` (or the environment's POSTA_WAN) also measures a bad link, as root: the program must join two network
// namespaces, called as `PROGRAM a=NS addr-a=IP/24 b=NS addr-b=IP/24 delay=300ms loss=2% rate=64kbit queue=32kb seed=7`,
// print `ready` and end on SIGTERM. Without it that part is left out, and the table says so.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Bed, freePort, setUp } from "./bed.mjs";
import { badLink } from "./link.mjs";
import { endAll, Stopped } from "./processes.mjs";
import { data, systems } from "./systems.mjs";
import { table } from "./table.mjs";

const { values: options } = parseArgs({
  options: {
    charts: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: Object.keys(systems).join() },
    wan: { type: "string", default: process.env.POSTA_WAN },
    out: { type: "string" },
    keep: { type: "string" },
  },
});

/** The round trip that the proxy adds where round trips in line are counted. */
const ROUND_TRIP_MS = 600;
/** What all steps over the bad link may take together, and one of them. */
const LINK_SECONDS = 1200;
const LINK_STEP_SECONDS = 300;
/** How often a meeting about nothing is repeated there, unless one takes long: which packets are lost decides much. */
const LINK_REPEATS = 5;
const LINK_LONG_SECONDS = 30;
const note = (text) => process.stderr.write(`${text}\n`);

/** Everything on loopback. */
async function onLoopback(bed, files, told) {
  const step = async (name, work) => {
    note(`  ${name}`);
    told[name] = await work();
    note(`    ${JSON.stringify(told[name])}`);
  };
  await bed.proxied("127.0.0.1", []);
  await bed.system.found(bed.folder, bed.ports);
  await bed.serve("127.0.0.1", []);
  await step("fill", () => bed.write("a", files.charts));
  await step("push", () => bed.meet("a"));
  await step("replica", () => bed.meet("b"));
  if (bed.system.echoes) for (const clinic of ["a", "b"]) await bed.meet(clinic);
  await step("idle", () => bed.meet("a"));
  bed.proxy.say(`delay ${ROUND_TRIP_MS / 2}`);
  await step("idle_far", () => bed.meet("a"));
  bed.proxy.say("delay 0");
  await step("edit", () => bed.write("a", files.days[0], true));
  await step("day", () => bed.meet("a"));
  await step("fan_out", () => bed.meet("b"));
  told.equal = told.day.digest === told.fan_out.digest && told.day.charts === told.fan_out.charts;
  await bed.write("a", files.apart[0], true);
  await bed.write("b", files.apart[1], true);
  for (const clinic of ["a", "b", "a"]) await bed.meet(clinic);
  for (const clinic of ["a", "b"]) {
    await step(`apart_${clinic}`, () => bed.system.show(bed.folder, clinic, files.apart[0]));
  }
  if (bed.system.echoes) await bed.meet("a");
  await bed.close();
}

/** Nothing to do, and another day, over the bad link. */
async function onBadLink(bed, files, link, budget) {
  const told = { idle: [], day: [] };
  const step = async (name, clinic) => {
    note(`  bad link: ${name}`);
    const limit = Math.min(LINK_STEP_SECONDS, budget.seconds);
    const start = performance.now();
    const figures = limit < 1 ? stopped(new Stopped(0)) : bed.meet(clinic, limit).catch(stopped);
    told[name].push(await figures);
    budget.seconds -= (performance.now() - start) / 1000;
    note(`    ${JSON.stringify(await figures)}`);
    return await figures;
  };
  const stopped = async (error) => ({
    stopped: error.message,
    wire: await bed.counts(),
  });
  bed.inside = link.client;
  await bed.proxied(link.host, link.client);
  await bed.serve(link.host, link.server);
  for (let repeat = 0; repeat < LINK_REPEATS; repeat += 1) {
    const { seconds } = await step("idle", "a");
    if (!(seconds < LINK_LONG_SECONDS)) break;
  }
  await bed.write("a", files.days[1], true);
  await step("day", "a");
  await bed.close();
  return told;
}

async function compare() {
  await setUp();
  const folder = options.keep ?? mkdtempSync(path.join(tmpdir(), "posta-peers-"));
  mkdirSync(folder, { recursive: true });
  const at = (name) => path.join(folder, name);
  const files = {
    charts: at("charts.jsonl"),
    days: [at("day-1.jsonl"), at("day-2.jsonl")],
    apart: [at("apart-a.jsonl"), at("apart-b.jsonl")],
  };
  const told = {
    charts: Number(options.charts),
    cpu: cpus()[0].model,
    cores: cpus().length,
    systems: {},
  };
  told.data = await data(`${options.seed}:${options.charts}`, folder);
  const budget = { seconds: LINK_SECONDS };
  try {
    for (const name of options.only.split(",")) {
      note(systems[name].name);
      const home = at(name);
      mkdirSync(home);
      const bed = new Bed(systems[name], home, {
        server: await freePort(),
        proxy: await freePort(),
      });
      const figures = { name: systems[name].name };
      told.systems[name] = figures;
      try {
        await onLoopback(bed, files, figures);
      } catch (error) {
        figures.failed = error.message;
        note(error.stack);
        await bed.close();
      }
      if (options.wan && !figures.failed) {
        const link = await badLink(options.wan);
        told.congestion = link.congestion;
        try {
          figures.bad = await onBadLink(bed, files, link, budget);
        } finally {
          await link.close();
        }
      }
      if (options.out) writeFileSync(options.out, JSON.stringify(told, null, 1));
    }
  } finally {
    await endAll();
    if (!options.keep) rmSync(folder, { recursive: true });
  }
  process.stdout.write(`${table(told)}\n`);
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => endAll().then(() => process.exit(1)));
await compare();
process.exit(0);
