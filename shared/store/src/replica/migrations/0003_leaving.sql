-- Charts that are in no scope of this site any more.

CREATE TABLE leaving (
    -- Those that are removed once the hub has all that was written here about them.
    chart INTEGER NOT NULL PRIMARY KEY REFERENCES chart (id)
) STRICT;

-- An entry of this device's logs that was removed with its chart has state 3 and no payload: the hub has it.
CREATE INDEX entry_about ON entry (chart) WHERE kind <> 1 AND chart <> 0;
