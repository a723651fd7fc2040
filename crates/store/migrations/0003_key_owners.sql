-- One key stands for one role, whoever registers it at the same moment.
CREATE TABLE participant_key_owner (
    realm_id TEXT NOT NULL REFERENCES realm (id) ON DELETE CASCADE,
    thumbprint TEXT NOT NULL,
    role_id TEXT NOT NULL,
    kid TEXT NOT NULL,
    PRIMARY KEY (realm_id, thumbprint)
);
-- Of roles that shared one, the first has it.
INSERT INTO participant_key_owner (realm_id, thumbprint, role_id, kid)
    SELECT realm_id, thumbprint, role_id, min(kid) FROM participant_key k
    WHERE role_id = (SELECT min(role_id) FROM participant_key o
        WHERE o.realm_id = k.realm_id AND o.thumbprint = k.thumbprint)
    GROUP BY realm_id, thumbprint, role_id;
DROP TABLE participant_key;
