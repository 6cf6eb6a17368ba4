-- Which scopes each chart is in, as far as their feeds have told.

CREATE TABLE member (
    -- A chart that is only made here and has not come back in a feed yet is in none.
    chart INTEGER NOT NULL REFERENCES chart (id),
    scope INTEGER NOT NULL,
    PRIMARY KEY (scope, chart)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_chart ON member (chart, scope);

-- Who has taken one feed has every chart of others from it, and every own one that the hub has.
INSERT INTO member (chart, scope)
SELECT DISTINCT entry.chart, cursor.scope FROM entry JOIN cursor
WHERE entry.kind = 1 AND entry.chart <> 0 AND (SELECT count(*) FROM cursor) = 1
AND (entry.chain = x'' OR entry.seq <= (
    SELECT stored FROM own_log WHERE own_log.device = entry.device AND own_log.epoch = entry.epoch
));

-- Of several feeds nothing tells which one brought a chart. They are taken once more, which says it of each chart.
DELETE FROM cursor WHERE (SELECT count(*) FROM cursor) > 1;
