// Two network namespaces with a bad link between them: 64 kbit/s, 600 ms there and back, 2 % loss.

import { begin, end, narrate, run } from "./processes.mjs";

// Named for this process: two comparisons may run at once.
const [CLIENT, SERVER] = ["a", "b"].map((it) => `posta-peers-${process.pid}-${it}`);
const [NEAR, FAR] = ["10.77.0.1", "10.77.0.2"];
export const RATE_BYTES = 64_000 / 8;
export const ROUND_TRIP_SECONDS = 0.6;
const LINK = ["delay=300ms", "loss=2%", "rate=64kbit", "queue=32kb"];

/**
 * Lets the program make the link, and returns how to run something at either end. Which packets are lost the seed
 * decides; `burst` is how many are lost in a row on average.
 */
export async function badLink(program, { seed = 7, burst = 1 } = {}) {
  const ip = (...words) => narrate(["ip", ...words]);
  for (const it of [CLIENT, SERVER]) {
    await ip("netns", "add", it);
    await ip("-n", it, "link", "set", "lo", "up");
  }
  const ends = [`a=${CLIENT}`, `addr-a=${NEAR}/24`, `b=${SERVER}`, `addr-b=${FAR}/24`];
  const chance = [`seed=${seed}`, `burst=${burst}`];
  const carrier = begin([program, ...ends, ...LINK, ...chance]);
  while (!(await carrier.hear()).includes("ready"));
  const inside = (it) => ["ip", "netns", "exec", it];
  const congestion = (file) =>
    run([
      ...inside(CLIENT),
      "node",
      "-p",
      `JSON.stringify(require("fs").readFileSync("${file}", "utf8").trim())`,
    ]);
  return {
    client: inside(CLIENT),
    server: inside(SERVER),
    host: FAR,
    congestion: await congestion("/proc/sys/net/ipv4/tcp_congestion_control"),
    async close() {
      await end(carrier);
      for (const it of [CLIENT, SERVER]) await ip("netns", "del", it);
    },
  };
}
