// Processes that are started, waited for, and whose processor time is read.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import readline from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** What Linux counts processor time in. */
const TICKS_A_SECOND = 100;
const begun = new Set();

/** Says that a step took longer than it was given. */
export class Stopped extends Error {
  constructor(seconds) {
    super(`stopped after ${Math.round(seconds)} s`);
  }
}

function start(words, { cwd, env, stdin = "ignore", stdout = "pipe" } = {}) {
  const [program, ...rest] = words;
  const child = spawn(program, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [stdin, stdout, "inherit"],
  });
  begun.add(child);
  child.ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      begun.delete(child);
      resolve(code ?? signal);
    });
  });
  return child;
}

/** Runs a program to its end and returns the JSON that it printed last. */
export async function run(words, { limit, inside = [], ...options } = {}) {
  const child = start([...inside, ...words], options);
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
  });
  let timer;
  const late = new Promise((_resolve, reject) => {
    if (limit !== undefined) timer = setTimeout(() => reject(new Stopped(limit)), limit * 1000);
  });
  try {
    const code = await Promise.race([child.ended, late]);
    if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}`);
  } catch (error) {
    if (error instanceof Stopped) await end(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const last = text.trim().split("\n").at(-1);
  return last ? JSON.parse(last) : {};
}

/** Runs a program that prints what it likes, where whoever waits sees it. */
export async function narrate(words, options) {
  const code = await start(words, { ...options, stdout: "inherit" }).ended;
  if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}`);
}

/** Begins a program that goes on, and has a conversation with it line by line. */
export function begin(words, options) {
  const child = start(words, { ...options, stdin: "pipe" });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.hear = async () => (await lines.next()).value ?? "";
  child.say = (line) => child.stdin.write(`${line}\n`);
  return child;
}

/** Ends a program that was begun, and waits until it has ended. */
export async function end(child) {
  child.kill("SIGTERM");
  const gone = await Promise.race([child.ended, pause(10_000, "late")]);
  if (gone === "late") child.kill("SIGKILL");
  await child.ended;
}

/** Ends whatever still runs. */
export const endAll = () => Promise.all([...begun].map(end));

/** The processor seconds of a process, those below it, and those that it has outlived. */
function cpu(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const own = fields.slice(11, 15).reduce((sum, it) => sum + Number(it), 0) / TICKS_A_SECOND;
    const tasks = readdirSync(`/proc/${pid}/task`);
    const below = tasks.flatMap((it) => readFileSync(`/proc/${pid}/task/${it}/children`, "utf8").split(" "));
    return below.filter(Boolean).reduce((sum, it) => sum + cpu(it), own);
  } catch {
    return 0;
  }
}

/** The same, once it has stopped rising: a server goes on for a while after its client has gone. */
export async function settled(child) {
  let [last, quiet] = [cpu(child.pid), 0];
  while (quiet < 6) {
    await pause(250);
    const now = cpu(child.pid);
    quiet = now - last < 0.02 ? quiet + 1 : 0;
    last = now;
  }
  return last;
}
