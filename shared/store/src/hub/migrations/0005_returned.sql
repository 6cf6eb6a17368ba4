-- Changes that this hub had lost and was given back.

CREATE TABLE returned (
    -- Whose each is, and the change itself. The entry, of the hub's own log, has its chart and its hash, and who brought it.
    leaf INTEGER NOT NULL PRIMARY KEY REFERENCES entry (leaf),
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    person INTEGER NOT NULL,
    payload BLOB NOT NULL,
    UNIQUE (device, epoch, seq)
) STRICT;

CREATE VIEW applied AS
    -- Each change that was applied, as its writer made it, whichever way it came.
    SELECT change.id, change.leaf, change.chart, change.hash,
           coalesce(returned.device, entry.device) AS device,
           coalesce(returned.epoch, entry.epoch) AS epoch,
           coalesce(returned.seq, entry.seq) AS seq,
           coalesce(returned.hlc, entry.hlc) AS hlc,
           coalesce(returned.person, entry.person) AS person,
           coalesce(returned.payload, entry.payload) AS payload
    FROM change JOIN entry ON entry.leaf = change.leaf LEFT JOIN returned ON returned.leaf = change.leaf;
