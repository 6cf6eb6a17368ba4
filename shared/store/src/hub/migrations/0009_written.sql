-- How much of a chart is one device's: how many operations its changes have, and how many bytes. A change that was
-- applied before counts as one operation.

CREATE TABLE written (
    chart INTEGER NOT NULL REFERENCES chart (id),
    device INTEGER NOT NULL,
    operations INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (chart, device)
) STRICT, WITHOUT ROWID;

INSERT INTO written (chart, device, operations, bytes)
SELECT change.chart, entry.device, count(*), sum(length(entry.payload))
FROM change JOIN entry ON entry.leaf = change.leaf
GROUP BY change.chart, entry.device;
