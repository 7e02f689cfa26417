-- Of which trace the work on a run is a part: a W3C `traceparent`. NULL where nobody followed it.

ALTER TABLE runs ADD COLUMN trace TEXT;
