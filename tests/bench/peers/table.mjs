// The table, in Markdown.

const STEPS = [
  ["first push by clinic A", "push"],
  ["first replica at clinic B", "replica"],
  ["nothing to do", "idle"],
  ["a day, by clinic A", "day"],
  ["that day, at clinic B", "fan_out"],
];

const FIGURES = [
  ["up / down", (it) => `${bytes(it.wire.up)} / ${bytes(it.wire.down)}`],
  ["turns", (it) => String(it.wire.turns)],
  [
    "time; CPU of client + server",
    (it) => `${seconds(it.seconds)}; ${it.cpu_seconds.toFixed(2)} + ${it.server_cpu_seconds.toFixed(2)} s`,
  ],
];

const APART = ["the same field", "two different fields", "a visit each"];

export function table(told) {
  const systems = Object.values(told.systems);
  const rows = [
    row(
      "figure",
      systems.map((it) => it.name),
    ),
    `|---|${"---:|".repeat(systems.length)}`,
  ];
  for (const [label, name] of STEPS) {
    for (const [figure, of] of FIGURES) {
      rows.push(
        row(
          `${label}, ${figure}`,
          systems.map((it) => (it[name] ? of(it[name]) : "–")),
        ),
      );
    }
  }
  rows.push(row("nothing to do, round trips in line", systems.map(inLine)));
  for (const name of ["idle", "day"]) {
    const label = name === "idle" ? "nothing to do" : "another day, by clinic A";
    rows.push(
      row(
        `bad link, ${label}`,
        systems.map((it) => far(it.bad?.[name])),
      ),
    );
  }
  APART.forEach((label, index) => {
    rows.push(
      row(
        `written apart, ${label}`,
        systems.map((it) => kept(it, index)),
      ),
    );
  });
  const app = systems.find((it) => it.day?.app);
  if (app) {
    const told = STEPS.map(([label, name]) => {
      const { up, down, turns } = app[name].app;
      return `${label} ${bytes(up)} up, ${bytes(down)} down, ${turns} round trips`;
    });
    rows.push(
      "",
      `Of ${app.name} above are datagrams with all that QUIC adds; its messages alone: ${told.join("; ")}.`,
    );
  }
  rows.push("", basis(told, systems));
  return rows.join("\n");
}

const row = (label, cells) => `| ${label} | ${cells.join(" | ")} |`;

function basis(told, systems) {
  const link = told.congestion
    ? `The bad link had 64 kbit/s, 600 ms, 2 % loss; TCP's congestion control was ${told.congestion}.`
    : "The bad link was not measured: no `--wan` was given.";
  const unequal = systems.filter((it) => it.fan_out && !it.equal).map((it) => it.name);
  const equal = unequal.length
    ? `NOT EQUAL in the end: ${unequal.join(", ")}.`
    : "After the day both clinics held the same in each system.";
  const days = told.data.day_json_bytes.map(bytes).join(" and ");
  return `${told.charts} charts, ${bytes(told.data.json_bytes)} as JSON; the days' edits ${days}. ${told.cores} × ${told.cpu}. ${link} ${equal}`;
}

/** How often the client waited for the server, one wait after the other. */
function inLine({ idle, idle_far }) {
  if (!idle_far) return "–";
  return ((idle_far.seconds - idle.seconds) / 0.6).toFixed(1);
}

/** The middle one of the same meetings over the bad link. */
function far(steps) {
  if (!steps?.length) return "–";
  const [stopped] = steps.filter((it) => it.stopped);
  if (stopped) return `${stopped.stopped} (${bytes(stopped.wire.up)} up, ${bytes(stopped.wire.down)} down)`;
  const sorted = steps.toSorted((a, b) => a.seconds - b.seconds);
  const { seconds: time, wire } = sorted[Math.floor(sorted.length / 2)];
  const range = [sorted[0], sorted.at(-1)].map((it) => seconds(it.seconds)).join("–");
  const of = sorted.length > 1 ? `median of ${sorted.length}, ${range}; ` : "";
  return `${seconds(time)} (${of}${bytes(wire.up)} up, ${bytes(wire.down)} down)`;
}

/** What became of what two clinics wrote about one chart, as both see it afterwards. */
function kept(system, index) {
  if (!system.apart_b) return "–";
  const [a, b] = [system.apart_a, system.apart_b].map((it) => it.charts[index]);
  const seen = ({ birthDate, sex, visits }) => `born ${birthDate}, ${sex}, ${visits} visits`;
  const same = seen(a) === seen(b) ? seen(a) : `A: ${seen(a)}; B: ${seen(b)}`;
  if (a.told.length) return `${same}; asks: ${a.told.join("; ")}`;
  return a.hidden?.length ? `${same}; nobody is told of: ${a.hidden.join(", ")}` : same;
}

function bytes(count) {
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} MB`;
  return count >= 1e4 ? `${(count / 1e3).toFixed(1)} kB` : `${count} B`;
}

const seconds = (it) => `${it.toFixed(it < 10 ? 2 : 1)} s`;
