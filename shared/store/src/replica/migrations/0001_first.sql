-- A device's store. Times are hybrid clock readings (unsigned, kept as signed 64 bits), hashes are SHA-256.

CREATE TABLE meta (
    -- Small things to remember: drafts, settings, the newest checkpoint seen.
    key TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE chart (
    -- Short numbers for charts. Zero stands for "no chart".
    id INTEGER NOT NULL PRIMARY KEY,
    name BLOB NOT NULL UNIQUE -- the chart's 16 bytes; empty for zero
) STRICT;

INSERT INTO chart (id, name) VALUES (0, x'');

CREATE TABLE own_log (
    -- This device's logs, the newest last. A device that was restored begins a new one.
    id INTEGER NOT NULL PRIMARY KEY,
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    stored INTEGER NOT NULL, -- the hub has the log up to this place
    UNIQUE (device, epoch)
) STRICT;

CREATE TABLE entry (
    -- Entries of this device's logs and other devices' changes, in the order they came. An entry's bytes are put
    -- together from its row, so that a change is kept once, as the log's payload and as the chart's change.
    id INTEGER NOT NULL PRIMARY KEY,
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL, -- as the log has it: 1 is a change
    chart INTEGER NOT NULL REFERENCES chart (id),
    hlc INTEGER NOT NULL,
    person INTEGER NOT NULL,
    state INTEGER NOT NULL, -- 0 taken up, 1 waits for other changes, 2 set aside
    chain BLOB NOT NULL, -- of an own entry: the log's hash up to here; else empty
    hash BLOB NOT NULL, -- of a change: its hash; else empty
    payload BLOB NOT NULL,
    UNIQUE (device, epoch, seq)
) STRICT;

CREATE INDEX entry_change ON entry (chart, id) WHERE kind = 1;
CREATE INDEX entry_waiting ON entry (chart) WHERE state = 1;

CREATE TABLE quarantine (
    -- Why an entry was set aside.
    entry INTEGER NOT NULL PRIMARY KEY REFERENCES entry (id) ON UPDATE CASCADE,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE cursor (
    -- How far each scope's feed was taken.
    scope INTEGER NOT NULL PRIMARY KEY,
    feed_epoch INTEGER NOT NULL,
    position INTEGER NOT NULL,
    digest BLOB NOT NULL -- 16 bytes
) STRICT;

CREATE TABLE snapshot (
    -- A cache: each chart's document as its changes give it.
    chart INTEGER NOT NULL PRIMARY KEY REFERENCES chart (id),
    heads BLOB NOT NULL, -- the hashes of the newest changes, sorted, one after the other
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE search (
    -- A cache: each chart in a list, and what it is found by.
    chart INTEGER NOT NULL PRIMARY KEY REFERENCES chart (id),
    about INTEGER NOT NULL, -- 0 a patient, 1 a directory, which is never found
    conflict INTEGER NOT NULL, -- 1 if a person must decide something
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    sex TEXT NOT NULL,
    place TEXT NOT NULL,
    phone TEXT NOT NULL,
    found_by TEXT NOT NULL -- folded words: " name words | other words"; empty if never found
) STRICT;

CREATE INDEX search_conflict ON search (chart) WHERE conflict = 1;

-- Any three letters of any word, for what is typed with three letters or more.
CREATE VIRTUAL TABLE search_part USING fts5 (
    found_by,
    content = 'search',
    content_rowid = 'chart',
    tokenize = 'trigram case_sensitive 1',
    detail = 'none',
    columnsize = 0
);

-- What is removed from the index leaves no trace in the file.
INSERT INTO search_part (search_part, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER search_inserted AFTER INSERT ON search BEGIN
    INSERT INTO search_part (rowid, found_by) VALUES (new.chart, new.found_by);
END;

CREATE TRIGGER search_changed AFTER UPDATE OF found_by ON search BEGIN
    INSERT INTO search_part (search_part, rowid, found_by) VALUES ('delete', old.chart, old.found_by);
    INSERT INTO search_part (rowid, found_by) VALUES (new.chart, new.found_by);
END;

CREATE TABLE search_word (
    -- The same words by how they begin, for one or two letters: a range scan ends at the limit, where a full-text
    -- query would first gather every match.
    tier INTEGER NOT NULL, -- 0 the first word of the name, 1 its other words, 2 any other word
    word TEXT NOT NULL,
    chart INTEGER NOT NULL REFERENCES search (chart),
    PRIMARY KEY (tier, word, chart)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    -- Where imported objects went.
    address BLOB NOT NULL PRIMARY KEY, -- the first 16 bytes of the hash of the address
    chart INTEGER NOT NULL REFERENCES chart (id),
    statement BLOB NOT NULL -- 16 bytes
) STRICT, WITHOUT ROWID;
