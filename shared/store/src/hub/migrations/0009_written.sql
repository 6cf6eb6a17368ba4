-- How much of a chart is one device's: how many operations its changes have, and how many bytes. What was applied before
-- is not counted.

CREATE TABLE written (
    chart INTEGER NOT NULL REFERENCES chart (id),
    device INTEGER NOT NULL,
    operations INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (chart, device)
) STRICT, WITHOUT ROWID;
