// Measures a day's meeting over bad links: the real programs, losses by chance and in bursts, a new connection each time.
//
//   node tests/bench/peers/days.mjs --wan PROGRAM [--charts 300] [--seed 1] [--links 5]
//
// PROGRAM is what `compare.mjs` says of `--wan`, with `burst=` beside. It prints one line a link, and then how long the
// meetings took as a ratio to what the bytes need: bytes / 64 kbit/s + two round trips of 600 ms.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Bed, freePort, setUp } from "./bed.mjs";
import { badLink, RATE_BYTES, ROUND_TRIP_SECONDS } from "./link.mjs";
import { endAll } from "./processes.mjs";
import { data, systems } from "./systems.mjs";

const { values: options } = parseArgs({
  options: {
    charts: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    links: { type: "string", default: "5" },
    wan: { type: "string", default: process.env.POSTA_WAN },
  },
});

/** How many packets are lost in a row, on average. */
const BURSTS = [1, 4];
const MEETING_SECONDS = 120;

const needs = (bytes) => bytes / RATE_BYTES + 2 * ROUND_TRIP_SECONDS;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const times = (ratio) => `${ratio.toFixed(2)} ×`;

async function meet(bed, link) {
  bed.inside = link.client;
  await bed.proxied(link.host, link.client);
  await bed.serve(link.host, link.server);
  const { seconds, app, wire } = await bed.meet("a", MEETING_SECONDS);
  await bed.close();
  const [bytes, line] = [app.up + app.down, wire.up + wire.down];
  return { seconds, bytes, line, ratio: seconds / needs(bytes), line_ratio: seconds / needs(line) };
}

async function measure(folder) {
  await setUp({ others: false });
  await data(`${options.seed}:${options.charts}`, folder);
  const bed = new Bed(systems.posta, folder, { server: await freePort(), proxy: await freePort() });
  await bed.proxied("127.0.0.1", []);
  await bed.system.found(folder, bed.ports);
  await bed.serve("127.0.0.1", []);
  await bed.write("a", path.join(folder, "charts.jsonl"));
  for (const clinic of ["a", "b", "a"]) await bed.meet(clinic);
  await bed.close();
  let day = 1;
  for (const burst of BURSTS) {
    const figures = [];
    for (let seed = 1; seed <= Number(options.links); seed += 1) {
      await bed.write("a", path.join(folder, `day-${day}.jsonl`), true);
      day += 1;
      const link = await badLink(options.wan, { seed, burst });
      figures.push(await meet(bed, link));
      await link.close();
      process.stdout.write(`burst ${burst}, seed ${seed}: ${JSON.stringify(figures.at(-1))}\n`);
    }
    const of = (name) => figures.map((it) => it[name]);
    process.stdout.write(
      `burst ${burst}: median ${times(median(of("ratio")))}, worst ${times(Math.max(...of("ratio")))} of the session's bytes; ` +
        `${times(median(of("line_ratio")))} and ${times(Math.max(...of("line_ratio")))} of the line's\n`,
    );
  }
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => endAll().then(() => process.exit(1)));
if (!options.wan) throw new Error("say which program makes the link: --wan PROGRAM");
const folder = mkdtempSync(path.join(tmpdir(), "posta-days-"));
try {
  await measure(folder);
} finally {
  await endAll();
  rmSync(folder, { recursive: true });
}
process.exit(0);
