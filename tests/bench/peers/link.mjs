// Two network namespaces with a bad link between them: 64 kbit/s, 600 ms there and back, 2 % loss.

import { begin, end, narrate, run } from "./processes.mjs";

// Named for this process: two comparisons may run at once.
const [CLIENT, SERVER] = ["a", "b"].map((it) => `posta-peers-${process.pid}-${it}`);
const [NEAR, FAR] = ["10.77.0.1", "10.77.0.2"];
const LINK = ["delay=300ms", "loss=2%", "rate=64kbit", "queue=32kb", "seed=7"];

/** Lets the program make the link, and returns how to run something at either end. */
export async function badLink(program) {
  const ip = (...words) => narrate(["ip", ...words]);
  for (const it of [CLIENT, SERVER]) {
    await ip("netns", "add", it);
    await ip("-n", it, "link", "set", "lo", "up");
  }
  const ends = [`a=${CLIENT}`, `addr-a=${NEAR}/24`, `b=${SERVER}`, `addr-b=${FAR}/24`];
  const carrier = begin([program, ...ends, ...LINK]);
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
