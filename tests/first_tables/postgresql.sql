CREATE TABLE first_login_accounts (
    id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    signed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);
CREATE TABLE first_login_used_digests (
    digest BYTEA NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_first_login_used_digests_until ON first_login_used_digests (until);
CREATE TABLE first_login_acknowledgements (
    account_id TEXT COLLATE "C" NOT NULL,
    text_version TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (account_id, text_version),
    FOREIGN KEY(account_id) REFERENCES first_login_accounts (id) ON DELETE CASCADE
);
CREATE INDEX ix_first_login_acknowledgements_at ON first_login_acknowledgements (at);
CREATE TABLE first_login_national_ids (
    keyed_index BYTEA NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (keyed_index),
    UNIQUE (keyed_index, account_id),
    FOREIGN KEY(account_id) REFERENCES first_login_accounts (id) ON DELETE CASCADE
);
CREATE INDEX ix_first_login_national_ids_account_id ON first_login_national_ids (account_id);
CREATE TABLE first_login_verdicts (
    account_id TEXT COLLATE "C" NOT NULL,
    authority TEXT COLLATE "C" NOT NULL,
    number INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    reasons TEXT NOT NULL,
    version TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (account_id, authority, number),
    FOREIGN KEY(account_id) REFERENCES first_login_accounts (id) ON DELETE CASCADE
);
CREATE INDEX ix_first_login_verdicts_at ON first_login_verdicts (at);
CREATE TABLE first_login_identities (
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    linked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    provider TEXT NOT NULL,
    standing TEXT NOT NULL,
    kind TEXT NOT NULL,
    assurance SMALLINT NOT NULL,
    signed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
    method TEXT NOT NULL,
    name TEXT,
    name_given BOOLEAN NOT NULL,
    name_in_cp950 BOOLEAN NOT NULL,
    national_id_index BYTEA,
    id_kind TEXT,
    national_id_invalid BOOLEAN NOT NULL,
    birth_date DATE,
    email TEXT,
    PRIMARY KEY (issuer, subject),
    FOREIGN KEY(national_id_index, account_id) REFERENCES first_login_national_ids (keyed_index, account_id),
    CONSTRAINT first_login_identity_has_a_key CHECK (issuer <> '' AND subject <> ''),
    CONSTRAINT first_login_number_has_a_kind CHECK ((national_id_index IS NULL) = (id_kind IS NULL)),
    CONSTRAINT first_login_social_has_no_national_id CHECK (standing <> 'social' OR (national_id_index IS NULL AND assurance = 0 AND kind = 'unknown')),
    FOREIGN KEY(account_id) REFERENCES first_login_accounts (id) ON DELETE CASCADE
);
CREATE INDEX ix_first_login_identities_account_id ON first_login_identities (account_id)
