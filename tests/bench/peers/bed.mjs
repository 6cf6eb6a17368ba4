// What a comparison runs on: one system with its server, its counting proxy and two clinics.

import { existsSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { begin, end, narrate, settled } from "./processes.mjs";
import { here, root } from "./systems.mjs";

/** What a step on loopback may take: a bound, which none is meant to reach. */
const STEP_SECONDS = 3600;

/** Sets up what is missing: the packages of the other systems, if they are to run, and the release build. */
export async function setUp({ others = true } = {}) {
  // Not `npm ci`: an optional accelerator names packages for each platform that not every registry has, and `ci` takes
  // a lock file without them for a broken one.
  const install = ["npm", "install", "--no-save"];
  if (others && !existsSync(path.join(here, "node_modules"))) await narrate(install, { cwd: here });
  const build = ["cargo", "build", "--locked", "--release", "-p", "sync-server", "-p", "bench"];
  await narrate(build, { cwd: root });
}

export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One system with its server, its proxy and two clinics. */
export class Bed {
  constructor(system, folder, ports) {
    Object.assign(this, {
      system,
      folder,
      ports,
      url: `http://127.0.0.1:${ports.proxy}`,
      inside: [],
    });
  }

  async proxied(host, inside) {
    const words = [this.system.carrier, this.ports.proxy, host, this.ports.server].map(String);
    this.proxy = begin([...inside, "node", path.join(here, "proxy.mjs"), ...words]);
    await this.proxy.hear();
  }

  async serve(host, inside) {
    this.server = this.system.serve(this.folder, { host, port: this.ports.server }, inside);
    await (this.system.ready ?? ((it) => it.hear()))(this.server, this.folder);
  }

  write(clinic, edits, opening = false) {
    return this.system.write(this.folder, clinic, edits, { opening });
  }

  /** Lets a clinic meet the server, and returns what that took at both ends and between them. */
  async meet(clinic, limit = STEP_SECONDS) {
    const before = await settled(this.server);
    await this.counts();
    const figures = await this.system.meet(this.folder, clinic, this.url, {
      limit,
      inside: this.inside,
    });
    const server_cpu_seconds = (await settled(this.server)) - before;
    return { ...figures, server_cpu_seconds, wire: await this.counts() };
  }

  async counts() {
    this.proxy.say("take");
    return JSON.parse(await this.proxy.hear());
  }

  async close() {
    await Promise.all([this.server, this.proxy].map(end));
  }
}
