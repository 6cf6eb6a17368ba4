-- Attachments: which charts have which, and their bytes in groups of 64 kB.

CREATE TABLE attachment (
    -- A cache: the attachments that each chart's statements name.
    chart INTEGER NOT NULL REFERENCES chart (id),
    hash BLOB NOT NULL, -- BLAKE3, of the bytes
    size INTEGER NOT NULL, -- how many bytes
    PRIMARY KEY (chart, hash, size)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachment_blob ON attachment (hash, size);

CREATE TABLE blob (
    -- Bytes that are here, whole or in part: once, however many charts name them.
    id INTEGER NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    whole INTEGER NOT NULL DEFAULT 0, -- 1 once every group is here
    at_hub INTEGER NOT NULL DEFAULT 0, -- 1 once the hub has every group
    asked INTEGER NOT NULL DEFAULT 0, -- 1 if somebody wants it here, whatever its size
    UNIQUE (hash, size)
) STRICT;

CREATE INDEX blob_waiting ON blob (id) WHERE whole = 1 AND at_hub = 0;

CREATE TABLE blob_group (
    id INTEGER NOT NULL PRIMARY KEY,
    blob INTEGER NOT NULL REFERENCES blob (id),
    number INTEGER NOT NULL, -- from zero
    hash BLOB NOT NULL, -- its own, in the tree whose root is the blob's
    bytes BLOB NOT NULL,
    UNIQUE (blob, number)
) STRICT;
