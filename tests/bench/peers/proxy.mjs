// Stands between a client and a server and counts what passes: payload of TCP, or datagrams of UDP.
// `node proxy.mjs tcp|udp LISTEN_PORT HOST PORT`. On standard input `take` is answered with the counts since the last
// one, as JSON, and `delay MS` holds everything back for so long each way from the next connection on.
// A turn is a byte from the server after one from the client: somebody may have waited for it.

import dgram from "node:dgram";
import net from "node:net";
import readline from "node:readline";

const [kind, listen, host, port] = process.argv.slice(2);
let counts = zero();
let delay = 0;

function zero() {
  return { up: 0, down: 0, turns: 0, connections: 0, direction: "" };
}

function count(direction, bytes) {
  counts[direction] += bytes;
  if (direction === "down" && counts.direction === "up") counts.turns += 1;
  counts.direction = direction;
}

/** Does it now or, if everything is held back, in the same order later. */
function later(times, work) {
  if (delay === 0) work();
  else setTimeout(work, times * delay);
}

function tcp() {
  const server = net.createServer({ noDelay: true }, (client) => {
    counts.connections += 1;
    const upstream = net.connect({ host, port: Number(port), noDelay: true });
    // What is sent waits for the handshake, which is a round trip of its own.
    const opened = performance.now() + 2 * delay;
    const ends = [client, upstream];
    const cut = () => {
      for (const it of ends) it.destroy();
    };
    for (const it of ends) it.on("error", cut);
    relay(client, upstream, "up", opened);
    relay(upstream, client, "down", opened);
  });
  server.listen(Number(listen), "127.0.0.1", ready);
}

function relay(from, to, direction, opened) {
  from.on("data", (bytes) => {
    count(direction, bytes.length);
    const wait = direction === "up" ? Math.max(0, opened - performance.now()) : 0;
    if (delay > 0) setTimeout(() => to.write(bytes), wait + delay);
    else if (!to.write(bytes)) {
      from.pause();
      to.once("drain", () => from.resume());
    }
  });
  from.on("end", () => later(3, () => to.end()));
}

// One socket towards the server for each client, as a router that translates addresses has.
function udp() {
  const front = dgram.createSocket("udp4");
  const known = new Map();
  front.on("message", (datagram, from) => {
    const name = `${from.address}:${from.port}`;
    let upstream = known.get(name);
    if (!upstream) {
      counts.connections += 1;
      upstream = dgram.createSocket("udp4");
      upstream.on("message", (answer) => {
        count("down", answer.length);
        later(1, () => front.send(answer, from.port, from.address));
      });
      upstream.on("error", () => {});
      known.set(name, upstream);
    }
    count("up", datagram.length);
    later(1, () => upstream.send(datagram, Number(port), host));
  });
  front.bind(Number(listen), "127.0.0.1", ready);
}

function ready() {
  process.stdout.write("ready\n");
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const [word, value] = line.split(" ");
    if (word === "delay") {
      delay = Number(value);
      return;
    }
    const { direction: _, ...told } = counts;
    counts = zero();
    process.stdout.write(`${JSON.stringify(told)}\n`);
  });
  lines.on("close", () => process.exit(0));
}

if (kind === "tcp") tcp();
else udp();
