-- How often the hub was asked for an attachment and did not have it: what never comes must not keep back what does.

ALTER TABLE attachment ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
