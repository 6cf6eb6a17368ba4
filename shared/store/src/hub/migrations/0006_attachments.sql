-- Attachments: which charts have which, and their bytes in groups of 64 kB.

CREATE TABLE attachment (
    -- What the devices' logs say: these bytes belong to that chart.
    chart INTEGER NOT NULL REFERENCES chart (id),
    hash BLOB NOT NULL, -- BLAKE3, of the bytes
    size INTEGER NOT NULL, -- how many bytes
    device INTEGER NOT NULL, -- whose log says so
    PRIMARY KEY (chart, hash, size, device)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachment_blob ON attachment (hash, size);

CREATE TABLE blob (
    -- Bytes that are here, whole or in part: once, however many charts have them.
    id INTEGER NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    whole INTEGER NOT NULL DEFAULT 0, -- 1 once every group is here
    UNIQUE (hash, size)
) STRICT;

CREATE TABLE blob_group (
    id INTEGER NOT NULL PRIMARY KEY,
    blob INTEGER NOT NULL REFERENCES blob (id),
    number INTEGER NOT NULL, -- from zero
    hash BLOB NOT NULL, -- its own, in the tree whose root is the blob's
    bytes BLOB NOT NULL,
    UNIQUE (blob, number)
) STRICT;
