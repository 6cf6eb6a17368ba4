-- The hub's store. Hybrid clock readings are unsigned, kept as signed 64 bits; hashes are SHA-256.

CREATE TABLE meta (
    -- Small things to remember.
    key TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE hub (
    -- One row: where the hub stands.
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    feed_epoch INTEGER NOT NULL, -- names this hub's feeds; a restored hub takes another
    looked_into INTEGER NOT NULL -- the leaf before which every entry was looked into
) STRICT;

CREATE TABLE roster (
    -- Every roster that was signed, the newest last.
    epoch INTEGER NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE invite (
    -- Invites. The token itself is nowhere.
    token_hash BLOB NOT NULL PRIMARY KEY,
    site INTEGER NOT NULL,
    people BLOB NOT NULL, -- their numbers, four bytes each
    label TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    used INTEGER NOT NULL -- 1 once a device came with it
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    -- Devices' requests to be enrolled.
    id INTEGER NOT NULL PRIMARY KEY,
    tls BLOB NOT NULL, -- the key it connects with
    token_hash BLOB NOT NULL,
    body BLOB NOT NULL, -- what it asked, as the server encodes it
    asked_ms INTEGER NOT NULL,
    state INTEGER NOT NULL, -- 0 pending, 1 approved, 2 refused
    device INTEGER NOT NULL -- which device it is now; zero for none
) STRICT;

CREATE INDEX request_tls ON request (tls, id);

CREATE TABLE chart (
    -- Short numbers for charts. Zero stands for "no chart".
    id INTEGER NOT NULL PRIMARY KEY,
    name BLOB NOT NULL UNIQUE -- the chart's 16 bytes; empty for zero
) STRICT;

INSERT INTO chart (id, name) VALUES (0, x'');

CREATE TABLE entry (
    -- Every entry of every log, the hub's own among them (device zero), in the order they came, which is the
    -- order of the history's leaves. An entry's bytes are put together from its row. What stands for it in the
    -- history comes before its body, which may be erased after its retention.
    leaf INTEGER NOT NULL PRIMARY KEY,
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    chain BLOB NOT NULL, -- the log's hash up to here
    salt BLOB NOT NULL, -- of the leaf's commitment
    tree BLOB NOT NULL, -- the tree's hashes stored with the leaf: its own, and one for each subtree it completed
    kind INTEGER NOT NULL, -- zero: the payload is the whole entry, which cannot be read
    chart INTEGER NOT NULL REFERENCES chart (id),
    hlc INTEGER NOT NULL,
    person INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (device, epoch, seq)
) STRICT;

CREATE INDEX entry_chart ON entry (chart, leaf) WHERE chart <> 0;
CREATE INDEX entry_person ON entry (person, leaf) WHERE person <> 0;

CREATE TABLE segment (
    -- The devices' signatures over their logs' heads, at the entry where a segment ended.
    leaf INTEGER NOT NULL PRIMARY KEY REFERENCES entry (leaf),
    signature BLOB NOT NULL
) STRICT;

CREATE TABLE fork (
    -- Entries that claim a place that another entry has: kept as a proof.
    id INTEGER NOT NULL PRIMARY KEY,
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    chain BLOB NOT NULL,
    entry BLOB NOT NULL,
    signature BLOB NOT NULL, -- the device's, over the head of the run it came in; only with the last of the run
    UNIQUE (device, epoch, seq, chain)
) STRICT;

CREATE TABLE checkpoint (
    -- The history's signed sizes and roots.
    size INTEGER NOT NULL PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

CREATE TABLE actor (
    -- Which log an automerge actor belongs to.
    actor BLOB NOT NULL PRIMARY KEY,
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    -- Changes that were applied to their charts, in the order they were.
    id INTEGER NOT NULL PRIMARY KEY,
    leaf INTEGER NOT NULL UNIQUE REFERENCES entry (leaf),
    chart INTEGER NOT NULL REFERENCES chart (id),
    hash BLOB NOT NULL
) STRICT;

CREATE INDEX change_chart ON change (chart, id);

CREATE TABLE waiting (
    -- Changes that miss others.
    leaf INTEGER NOT NULL PRIMARY KEY REFERENCES entry (leaf),
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE missing (
    -- What they miss. A waiting change that misses nothing any more is looked into again.
    hash BLOB NOT NULL,
    leaf INTEGER NOT NULL REFERENCES waiting (leaf),
    PRIMARY KEY (hash, leaf)
) STRICT, WITHOUT ROWID;

CREATE INDEX missing_leaf ON missing (leaf);

CREATE TABLE quarantine (
    -- Entries set aside, and why.
    leaf INTEGER NOT NULL PRIMARY KEY REFERENCES entry (leaf),
    hash BLOB NOT NULL, -- of a change; else empty
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX quarantine_hash ON quarantine (hash) WHERE hash <> x'';

CREATE TABLE snapshot (
    -- A cache: each chart's document as its changes give it.
    chart INTEGER NOT NULL PRIMARY KEY REFERENCES chart (id),
    heads BLOB NOT NULL, -- the hashes of the newest changes, sorted, one after the other
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE member (
    -- Which scopes a chart is in.
    chart INTEGER NOT NULL REFERENCES chart (id),
    scope INTEGER NOT NULL,
    PRIMARY KEY (chart, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE scope (
    -- Where each scope's feed ends. Positions are handed out under this row, inside the commit that uses them.
    scope INTEGER NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL -- 16 bytes
) STRICT;

CREATE TABLE feed (
    -- What each scope's readers take, in order.
    scope INTEGER NOT NULL REFERENCES scope (scope),
    position INTEGER NOT NULL,
    change INTEGER NOT NULL REFERENCES change (id),
    digest BLOB NOT NULL, -- the sum of the hashes up to here, modulo 2^128
    PRIMARY KEY (scope, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE taken (
    -- How far each device has taken its feeds.
    device INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    feed_epoch INTEGER NOT NULL,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (device, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (
    -- When each device was last here.
    device INTEGER NOT NULL PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    release TEXT NOT NULL
) STRICT;
