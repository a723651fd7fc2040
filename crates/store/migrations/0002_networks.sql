-- Networks: participants with their roles and keys, and the ledger of a realm that has any.
-- The serial column numbers rows in the order in which they are inserted.

-- doc: what the organisation says about itself; the newest record's place and digest end its chain.
CREATE TABLE participant (
    id TEXT NOT NULL,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    seq BIGINT NOT NULL,
    head TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (realm_id, id)
);
CREATE INDEX ix_participant_name ON participant (realm_id, name);

-- client_key: the client's clientId while the role has not ended, else NULL: a client has one role.
CREATE TABLE participant_role (
    id TEXT NOT NULL,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    participant_id TEXT NOT NULL,
    client_key TEXT,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    seq BIGINT NOT NULL,
    head TEXT NOT NULL,
    PRIMARY KEY (realm_id, id),
    UNIQUE (realm_id, client_key),
    FOREIGN KEY (realm_id, participant_id) REFERENCES participant (realm_id, id) ON DELETE CASCADE
);
CREATE INDEX ix_participant_role_participant ON participant_role (realm_id, participant_id);

-- Keys by their thumbprint: nobody has another's.
CREATE TABLE participant_key (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL,
    kid TEXT NOT NULL,
    thumbprint TEXT NOT NULL,
    PRIMARY KEY (realm_id, role_id, kid)
);
CREATE INDEX ix_participant_key_thumbprint ON participant_key (realm_id, thumbprint);

CREATE TABLE participant_network (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    network_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    PRIMARY KEY (realm_id, network_id, role_id)
);

-- The chains: entry_id is the record's entry in the newest ledger; octets are a record's, never changed, never deleted while the realm is there.
CREATE TABLE registry_record (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    octets BYTEA NOT NULL,
    PRIMARY KEY (realm_id, subject, seq)
);

-- A ledger outlives its realm. verifier: the key that signs its checkpoints. A lease says which node gives indexes; epoch
-- grows with each change of hands. n: its number in rows that are many.
CREATE TABLE ledger (
    n {serial},
    id TEXT NOT NULL UNIQUE,
    realm_id TEXT NOT NULL,
    origin TEXT NOT NULL UNIQUE,
    verifier TEXT NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    checkpoint TEXT NOT NULL,
    checkpoint_ms BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    holder TEXT NOT NULL,
    lease_ms BIGINT NOT NULL,
    closed BOOLEAN NOT NULL
);
CREATE INDEX ix_ledger_realm ON ledger (realm_id);

-- Keys of a ledger's checkpoints. state: signs, waits (for its entry's index) or signed. key: the private key, sealed, until
-- it signs no more. handover: the checkpoint by which it took over, signed by the key before too.
CREATE TABLE ledger_key (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    n BIGINT NOT NULL,
    verifier TEXT NOT NULL,
    state TEXT NOT NULL,
    key BYTEA,
    handover TEXT,
    PRIMARY KEY (ledger_id, n)
);

-- arrival: the order in which entries are given their indexes, and their number in other tables. position: the index, NULL
-- while it waits for one. record: NULL once it was erased.
CREATE TABLE ledger_entry (
    arrival {serial},
    id TEXT NOT NULL UNIQUE,
    ledger BIGINT NOT NULL REFERENCES ledger (n) ON DELETE CASCADE,
    position BIGINT,
    kind BIGINT NOT NULL,
    leaf BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    record BYTEA
);
CREATE UNIQUE INDEX ix_ledger_entry_position ON ledger_entry (ledger, position);
CREATE INDEX ix_ledger_entry_kind ON ledger_entry (ledger, kind, position) WHERE kind > 1;
CREATE INDEX ix_ledger_entry_waiting ON ledger_entry (ledger, arrival) WHERE position IS NULL;

-- The octets of a message, where the realm keeps them.
CREATE TABLE ledger_body (
    arrival {number} REFERENCES ledger_entry (arrival) ON DELETE CASCADE,
    octets BYTEA NOT NULL
);

-- What messages are looked for by; made from their records once they have their index.
CREATE TABLE ledger_message (
    arrival {number} REFERENCES ledger_entry (arrival) ON DELETE CASCADE,
    ledger BIGINT NOT NULL,
    role_id TEXT NOT NULL,
    time_ms BIGINT NOT NULL,
    kid TEXT,
    digest TEXT NOT NULL,
    request_id TEXT,
    trace_id TEXT,
    verdict TEXT NOT NULL
);
CREATE INDEX ix_ledger_message_role ON ledger_message (ledger, role_id, time_ms, arrival);
CREATE INDEX ix_ledger_message_kid ON ledger_message (ledger, kid, time_ms, arrival) WHERE kid IS NOT NULL;
CREATE INDEX ix_ledger_message_digest ON ledger_message (digest);
CREATE INDEX ix_ledger_message_request ON ledger_message (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX ix_ledger_message_trace ON ledger_message (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX ix_ledger_message_verdict ON ledger_message (ledger, verdict, time_ms, arrival) WHERE verdict <> 'ok';
-- Behind the others: of indexes that seem equally good an engine goes by their order, and tests hold which it takes.
CREATE INDEX ix_ledger_message_time ON ledger_message (ledger, time_ms, arrival);

-- Where the registry's records stand in each ledger.
CREATE TABLE ledger_record (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (ledger_id, subject, seq)
){clustered};

-- Records that tell a role's leaves: up to which index, at which index it stands, and its digest.
CREATE TABLE ledger_range (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL,
    until BIGINT NOT NULL,
    position BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (ledger_id, role_id, until)
){clustered};

-- Heads whose time is not the operator's word alone. note: the checkpoint with the lines of all witnesses; stamp: an
-- authority's timestamp over its text, in DER; time_ms: the newest of these times.
CREATE TABLE ledger_head (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    stamp BYTEA,
    stamp_until BIGINT,
    time_ms BIGINT NOT NULL,
    PRIMARY KEY (ledger_id, size)
);

-- Hashes of the tree, up to 256 a row.
CREATE TABLE ledger_tile (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    level BIGINT NOT NULL,
    n BIGINT NOT NULL,
    octets BYTEA NOT NULL,
    PRIMARY KEY (ledger_id, level, n)
);

-- Messages that were here before, and by which entry; what else a caller may ask again.
CREATE TABLE message_seen (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (realm_id, digest)
){clustered};
CREATE INDEX ix_message_seen_expires ON message_seen (expires_at);

CREATE TABLE message_answer (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    digest TEXT NOT NULL,
    answer TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (realm_id, idempotency_key)
);
CREATE INDEX ix_message_answer_expires ON message_answer (expires_at);

-- Keys that the realm signs replies or messages with, and since which entry. key: the private key, sealed, of those
-- that sign messages; those of replies are the realm's own.
CREATE TABLE service_key (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    kid TEXT NOT NULL,
    jwk TEXT NOT NULL,
    purpose TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    key BYTEA,
    PRIMARY KEY (ledger_id, kid, purpose)
);

-- Profiles as they were when messages were judged by them, by the digest that records name.
CREATE TABLE ledger_profile (
    ledger_id TEXT NOT NULL REFERENCES ledger (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    definition TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (ledger_id, digest)
);
