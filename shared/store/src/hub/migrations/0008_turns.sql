-- Entries that were looked into before others that came earlier: each device has its turn. Those before `looked_into`
-- are not in here.

CREATE TABLE ahead (
    leaf INTEGER NOT NULL PRIMARY KEY REFERENCES entry (leaf)
) STRICT;

CREATE INDEX entry_device ON entry (device, leaf);

-- Which of those that wait miss nothing any more: it follows what is missing.

ALTER TABLE waiting ADD COLUMN ready INTEGER NOT NULL DEFAULT 1;
UPDATE waiting SET ready = 0 WHERE leaf IN (SELECT leaf FROM missing);
CREATE INDEX waiting_ready ON waiting (leaf) WHERE ready = 1;

CREATE TRIGGER missing_one AFTER INSERT ON missing BEGIN
    UPDATE waiting SET ready = 0 WHERE leaf = NEW.leaf;
END;

CREATE TRIGGER missing_one_less AFTER DELETE ON missing BEGIN
    UPDATE waiting SET ready = 1
    WHERE leaf = OLD.leaf AND NOT EXISTS (SELECT 1 FROM missing WHERE leaf = OLD.leaf);
END;
