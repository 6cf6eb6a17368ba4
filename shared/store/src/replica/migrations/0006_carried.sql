-- What other devices wrote that the hub may not have yet: taken from them where no hub was in reach, carried to it.

CREATE TABLE carried_log (
    -- One row for each log of another device of which anything is carried.
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    begins INTEGER NOT NULL, -- the hub may lack what comes after this place
    ends INTEGER NOT NULL, -- the last place that is carried
    chain BLOB NOT NULL, -- the log's hash there
    declined INTEGER NOT NULL, -- 1 if the hub does not take it: its segments are gone, and nobody refers to its changes
    PRIMARY KEY (device, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE carried (
    -- The segments, as their devices signed them.
    device INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    ends INTEGER NOT NULL, -- the place of the last entry
    bytes BLOB NOT NULL,
    PRIMARY KEY (device, epoch, ends),
    FOREIGN KEY (device, epoch) REFERENCES carried_log (device, epoch) ON DELETE CASCADE
) STRICT;
