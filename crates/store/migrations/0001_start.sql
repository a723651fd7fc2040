-- Documents hold a Keycloak representation as JSON; what is searched, joined or must be unique stands in a column
-- beside it; what is secret stands sealed in its own column. Times: *_at in seconds, *_ms in milliseconds, since 1970.

CREATE TABLE vault_check (
    id BIGINT PRIMARY KEY,
    sealed BYTEA NOT NULL
);

-- version grows with each change of the realm's configuration (realm, clients, scopes, roles, groups, parts).
-- A realm that is still being imported, or is being purged, has published = FALSE and is seen by nobody.
CREATE TABLE realm (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    published BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    doc TEXT NOT NULL,
    secrets BYTEA
);

-- Parts of a realm that are few and read together: client scopes, components, authentication flows and their
-- configurations, required actions, identity providers and their mappers.
CREATE TABLE realm_part (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    doc TEXT NOT NULL,
    secrets BYTEA
);
CREATE INDEX ix_realm_part_realm ON realm_part (realm_id, kind, name);

CREATE TABLE client (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    doc TEXT NOT NULL,
    secrets BYTEA,
    UNIQUE (realm_id, client_id)
);

-- container: the client's id for a client role, the realm's id for a realm role.
CREATE TABLE role (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    container TEXT NOT NULL,
    name TEXT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (container, name)
);
CREATE INDEX ix_role_realm ON role (realm_id);

CREATE TABLE role_composite (
    role_id TEXT NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    child_id TEXT NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (role_id, child_id)
);
CREATE INDEX ix_role_composite_child ON role_composite (child_id);

-- holder: a client or a client scope, by id.
CREATE TABLE scope_mapping (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    holder TEXT NOT NULL,
    role_id TEXT NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (holder, role_id)
);
CREATE INDEX ix_scope_mapping_realm ON scope_mapping (realm_id);
CREATE INDEX ix_scope_mapping_role ON scope_mapping (role_id);

-- parent: the group's id, or '' at the top.
CREATE TABLE realm_group (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    parent TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (realm_id, parent, name)
);

CREATE TABLE group_role (
    group_id TEXT NOT NULL REFERENCES realm_group (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, role_id)
);
CREATE INDEX ix_group_role_role ON group_role (role_id);

-- version grows with each change of the person, their roles, groups or credentials.
-- email_key: the address where the realm wants it unique, else NULL.
CREATE TABLE user_entity (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    username TEXT NOT NULL,
    email TEXT,
    email_key TEXT,
    first_name TEXT,
    last_name TEXT,
    enabled BOOLEAN NOT NULL,
    service_account TEXT,
    doc TEXT NOT NULL,
    UNIQUE (realm_id, username),
    UNIQUE (realm_id, email_key)
);
CREATE INDEX ix_user_email ON user_entity (realm_id, email);
CREATE INDEX ix_user_service_account ON user_entity (service_account);

CREATE TABLE user_attribute (
    user_id TEXT NOT NULL REFERENCES user_entity (id) ON DELETE CASCADE,
    realm_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL
);
CREATE INDEX ix_user_attribute_user ON user_attribute (user_id);
CREATE INDEX ix_user_attribute_value ON user_attribute (realm_id, name, value);

CREATE TABLE user_role (
    user_id TEXT NOT NULL REFERENCES user_entity (id) ON DELETE CASCADE,
    role_id TEXT NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX ix_user_role_role ON user_role (role_id);

CREATE TABLE user_group (
    user_id TEXT NOT NULL REFERENCES user_entity (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES realm_group (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, group_id)
);
CREATE INDEX ix_user_group_group ON user_group (group_id);

CREATE TABLE credential (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES user_entity (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    position BIGINT NOT NULL,
    doc TEXT NOT NULL,
    secrets BYTEA
);
CREATE INDEX ix_credential_user ON credential (user_id, position);

CREATE TABLE consent (
    user_id TEXT NOT NULL REFERENCES user_entity (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    doc TEXT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX ix_consent_client ON consent (client_id);

-- expires_at: when the row may be purged; whether a session still counts is judged by the realm's settings.
CREATE TABLE user_session (
    id TEXT NOT NULL,
    offline BOOLEAN NOT NULL,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES user_entity (id) ON DELETE CASCADE,
    started_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    remember_me BOOLEAN NOT NULL,
    ip TEXT NOT NULL,
    notes TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id, offline)
);
CREATE INDEX ix_user_session_user ON user_session (user_id);
CREATE INDEX ix_user_session_realm ON user_session (realm_id);
CREATE INDEX ix_user_session_expires ON user_session (expires_at);

-- version grows with each change of the notes, which hold the chains of refresh tokens where the realm rotates them.
CREATE TABLE client_session (
    session_id TEXT NOT NULL,
    offline BOOLEAN NOT NULL,
    client_id TEXT NOT NULL REFERENCES client (id) ON DELETE CASCADE,
    started_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (session_id, offline, client_id),
    FOREIGN KEY (session_id, offline) REFERENCES user_session (id, offline) ON DELETE CASCADE
);
CREATE INDEX ix_client_session_client ON client_session (client_id);

-- Logins in progress, from the first form sent.
CREATE TABLE auth_session (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    version BIGINT NOT NULL,
    doc TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ix_auth_session_expires ON auth_session (expires_at);
CREATE INDEX ix_auth_session_realm ON auth_session (realm_id);

-- Codes not redeemed yet: whoever deletes the row redeems it.
CREATE TABLE code (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    doc TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ix_code_expires ON code (expires_at);
CREATE INDEX ix_code_realm ON code (realm_id);

-- What may be used once (jti of assertions, action tokens) and what was revoked (jti of access tokens): whoever
-- inserts the row was first.
CREATE TABLE single_use (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (realm_id, kind, value)
);
CREATE INDEX ix_single_use_expires ON single_use (expires_at);

CREATE TABLE login_failure (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    failures BIGINT NOT NULL,
    temporary_lockouts BIGINT NOT NULL,
    locked_until_at BIGINT NOT NULL,
    last_failure_ms BIGINT NOT NULL,
    last_ip TEXT NOT NULL,
    PRIMARY KEY (realm_id, user_id)
);

-- Written with most requests, looked for by realm and time alone: one index is all it has.
CREATE TABLE event (
    id TEXT NOT NULL,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    time_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    client_id TEXT,
    user_id TEXT,
    session_id TEXT,
    ip TEXT,
    error TEXT,
    details TEXT NOT NULL
);
CREATE INDEX ix_event_time ON event (realm_id, time_ms);

CREATE TABLE admin_event (
    id TEXT PRIMARY KEY,
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    time_ms BIGINT NOT NULL,
    operation TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_path TEXT NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX ix_admin_event_time ON admin_event (realm_id, time_ms);
