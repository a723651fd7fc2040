-- Ledgers that a realm had on other servers, as its file says: none here takes one of their names. n: their order, the newest
-- first. verifier, checkpoint: the newest head of each, '' where no more than the name is known. is_next: the first ledger
-- that is opened here goes on from it.
CREATE TABLE ledger_elsewhere (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    origin TEXT NOT NULL,
    n BIGINT NOT NULL,
    verifier TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    is_next BOOLEAN NOT NULL,
    PRIMARY KEY (realm_id, origin)
);
CREATE INDEX ix_ledger_elsewhere_origin ON ledger_elsewhere (origin);
