-- Rows of ledgers are written once and at the end of their tables: an entry's place is a row of its own, what is found by
-- chance values goes by eight octets of them, and those of a stretch of the ledger lie together. Ledgers of builds before
-- this one can't be moved: the name of the constraint says what to do.
CREATE TABLE ledgers_before (
    count BIGINT NOT NULL,
    CONSTRAINT ledgers_of_older_builds_stay_there_export_and_import_the_realm CHECK (count = 0)
);
INSERT INTO ledgers_before SELECT COUNT(*) FROM ledger;
DROP TABLE ledgers_before;
DROP TABLE service_key;
DROP TABLE ledger_chain;
DROP TABLE ledger_message;
DROP TABLE ledger_record;
DROP TABLE ledger_entry;
DROP TABLE message_seen;

-- arrival: the order in which entries come, and their number in other tables. id: the hash of the leaf. salt: empty once the
-- record was erased. Here and below no key is checked that refers to another table: nothing is ever deleted.
CREATE TABLE ledger_entry (
    arrival {serial},
    ledger BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    id BYTEA NOT NULL,
    leaf BYTEA NOT NULL,
    salt BYTEA NOT NULL
);

-- Records of entries, which are never changed, until they are erased; body: the octets of a message, where the realm keeps
-- them.
CREATE TABLE ledger_record (
    arrival {number},
    record BYTEA NOT NULL,
    body BYTEA
);

-- Entries that wait for their index. word: the first eight octets of the id.
CREATE TABLE ledger_waiting (
    ledger BIGINT NOT NULL,
    arrival BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    word BIGINT NOT NULL,
    PRIMARY KEY (ledger, arrival)
){clustered};

-- Entries that have their index, which is their position.
CREATE TABLE ledger_place (
    ledger BIGINT NOT NULL,
    position BIGINT NOT NULL,
    arrival BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    word BIGINT NOT NULL,
    PRIMARY KEY (ledger, position)
){clustered};
CREATE INDEX ix_ledger_place_word ON ledger_place (word);
CREATE INDEX ix_ledger_place_kind ON ledger_place (ledger, kind, position) WHERE kind > 1;

-- What messages are looked for by; made from their records once they have their index.
CREATE TABLE ledger_message (
    ledger BIGINT NOT NULL,
    position BIGINT NOT NULL,
    role_id TEXT NOT NULL,
    time_ms BIGINT NOT NULL,
    kid TEXT,
    digest TEXT NOT NULL,
    request_id TEXT,
    trace_id TEXT,
    verdict TEXT NOT NULL,
    PRIMARY KEY (ledger, position)
){clustered};
CREATE INDEX ix_ledger_message_role ON ledger_message (ledger, role_id, time_ms, position);
CREATE INDEX ix_ledger_message_kid ON ledger_message (ledger, kid, time_ms, position) WHERE kid IS NOT NULL;
CREATE INDEX ix_ledger_message_verdict ON ledger_message (ledger, verdict, time_ms, position) WHERE verdict <> 'ok';
-- Behind the others: of indexes that seem equally good an engine goes by their order, and tests hold which it takes.
CREATE INDEX ix_ledger_message_time ON ledger_message (ledger, time_ms, position);

-- Messages by words: eight octets of a hash of their digest, request id or trace id. stretch: the place divided by a
-- constant, so that words are added close together however large the ledger is.
CREATE TABLE ledger_word (
    ledger BIGINT NOT NULL,
    stretch BIGINT NOT NULL,
    word BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (ledger, stretch, word, position)
){clustered};

-- Where the registry's records stand in each ledger.
CREATE TABLE ledger_chain (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    id BYTEA NOT NULL,
    word BIGINT NOT NULL,
    PRIMARY KEY (ledger_id, subject, seq)
){clustered};

-- Keys that the realm signs replies or messages with, and since which entry. key: the private key, sealed, of those
-- that sign messages; those of replies are the realm's own.
CREATE TABLE service_key (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    kid TEXT NOT NULL,
    jwk TEXT NOT NULL,
    purpose TEXT NOT NULL,
    arrival BIGINT NOT NULL,
    key BYTEA,
    PRIMARY KEY (ledger_id, kid, purpose)
);

-- Messages that were here before, by a digest of realm, receiver, key and octets, and the entry of the first time.
CREATE TABLE message_seen (
    digest BYTEA NOT NULL UNIQUE,
    arrival BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ix_message_seen_expires ON message_seen (expires_at);
