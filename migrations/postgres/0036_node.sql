-- Which node has what in its hands. Equal tables in sqlite/0036_node.sql.

-- Every process that shares the database, by the id in its data folder, and when it last said that it lives.
CREATE TABLE node (
    id TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);

-- Who claimed the message, and who has the call: nobody else decides what became of it while they live. Empty: from before there were nodes.
ALTER TABLE outbox ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE interaction ADD COLUMN node TEXT NOT NULL DEFAULT '';
