"""People sign in: accounts, roles, sessions, second factors, invitations, the mails that bring them, other identity providers.

Tokens are kept as hashes, secrets that have to be read again encrypted. One organisation is the Centre.
"""

from alembic import op

revision = "0021"
down_revision = "0020"

TABLES = r"""
ALTER TABLE organisations ADD is_centre boolean DEFAULT false NOT NULL;
UPDATE organisations SET is_centre = true WHERE code = 'CESDRR';
CREATE UNIQUE INDEX uq_organisations_is_centre ON organisations (is_centre) WHERE is_centre;

CREATE TABLE users (
  id UUID DEFAULT uuid_v7() NOT NULL,
  organisation_id UUID NOT NULL,
  email TEXT,
  name TEXT NOT NULL,
  language TEXT DEFAULT 'en' NOT NULL,
  status TEXT DEFAULT 'invited' NOT NULL,
  password_hash TEXT,
  password_changed_at TIMESTAMP WITH TIME ZONE,
  totp_secret BYTEA,
  totp_last_step INTEGER,
  demonstration BOOLEAN DEFAULT false NOT NULL,
  last_signed_in_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_users PRIMARY KEY (id),
  CONSTRAINT ck_users_status CHECK (status IN ('invited', 'active', 'suspended', 'erased')),
  CONSTRAINT fk_users_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id)
);
CREATE INDEX ix_users_organisation_id ON users (organisation_id);
CREATE INDEX ix_users_updated_at ON users (updated_at);
CREATE UNIQUE INDEX uq_users_email ON users (lower(email));

CREATE TABLE user_roles (
  user_id UUID NOT NULL,
  role TEXT NOT NULL,
  countries TEXT[] DEFAULT '{}' NOT NULL,
  CONSTRAINT pk_user_roles PRIMARY KEY (user_id, role),
  CONSTRAINT ck_user_roles_role CHECK (role IN ('reader', 'contributor', 'requester', 'approver', 'operator', 'stock_keeper', 'analyst', 'administrator')),
  CONSTRAINT fk_user_roles_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE sessions (
  id UUID DEFAULT uuid_v7() NOT NULL,
  user_id UUID NOT NULL,
  token_hash BYTEA NOT NULL,
  strength TEXT NOT NULL,
  second_factor BOOLEAN NOT NULL,
  browser TEXT DEFAULT '' NOT NULL,
  address TEXT DEFAULT '' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_sessions PRIMARY KEY (id),
  CONSTRAINT fk_sessions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash)
);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);

CREATE TABLE passkeys (
  id UUID DEFAULT uuid_v7() NOT NULL,
  user_id UUID NOT NULL,
  credential_id BYTEA NOT NULL,
  public_key BYTEA NOT NULL,
  sign_count BIGINT NOT NULL,
  transports TEXT[] DEFAULT '{}' NOT NULL,
  name TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  last_used_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_passkeys PRIMARY KEY (id),
  CONSTRAINT fk_passkeys_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT uq_passkeys_credential_id UNIQUE (credential_id)
);
CREATE INDEX ix_passkeys_user_id ON passkeys (user_id);

CREATE TABLE ceremonies (
  id UUID DEFAULT uuid_v7() NOT NULL,
  token_hash BYTEA NOT NULL,
  purpose TEXT NOT NULL,
  user_id UUID,
  state JSONB DEFAULT '{}' NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_ceremonies PRIMARY KEY (id),
  CONSTRAINT uq_ceremonies_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_ceremonies_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_ceremonies_expires_at ON ceremonies (expires_at);

CREATE TABLE devices (
  token_hash BYTEA NOT NULL,
  user_id UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_devices PRIMARY KEY (token_hash),
  CONSTRAINT fk_devices_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_devices_user_id ON devices (user_id);

CREATE TABLE sign_in_failures (
  bucket BYTEA NOT NULL,
  failures INTEGER NOT NULL,
  last_at TIMESTAMP WITH TIME ZONE NOT NULL,
  wait_until TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_sign_in_failures PRIMARY KEY (bucket)
);
CREATE INDEX ix_sign_in_failures_last_at ON sign_in_failures (last_at);

CREATE TABLE one_time_links (
  id UUID DEFAULT uuid_v7() NOT NULL,
  token_hash BYTEA NOT NULL,
  purpose TEXT NOT NULL,
  user_id UUID,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_one_time_links PRIMARY KEY (id),
  CONSTRAINT ck_one_time_links_purpose CHECK (purpose IN ('invitation', 'recovery', 'first_administrator')),
  CONSTRAINT ck_one_time_links_user_id CHECK ((purpose = 'first_administrator') = (user_id IS NULL)),
  CONSTRAINT uq_one_time_links_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_one_time_links_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_one_time_links_user_id ON one_time_links (user_id);

CREATE TABLE mails (
  id UUID DEFAULT uuid_v7() NOT NULL,
  recipient TEXT,
  subject TEXT NOT NULL,
  body TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE,
  attempts INTEGER DEFAULT 0 NOT NULL,
  next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  failure TEXT,
  CONSTRAINT pk_mails PRIMARY KEY (id)
);
CREATE INDEX ix_mails_next_attempt_at ON mails (next_attempt_at);

CREATE TABLE identity_providers (
  id UUID DEFAULT uuid_v7() NOT NULL,
  organisation_id UUID NOT NULL,
  name TEXT NOT NULL,
  issuer TEXT NOT NULL,
  client_id TEXT NOT NULL,
  client_secret BYTEA NOT NULL,
  enabled BOOLEAN DEFAULT true NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_identity_providers PRIMARY KEY (id),
  CONSTRAINT fk_identity_providers_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT uq_identity_providers_issuer UNIQUE (issuer)
);
CREATE INDEX ix_identity_providers_organisation_id ON identity_providers (organisation_id);
CREATE INDEX ix_identity_providers_updated_at ON identity_providers (updated_at);

CREATE TABLE identities (
  provider_id UUID NOT NULL,
  subject TEXT NOT NULL,
  user_id UUID NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_identities PRIMARY KEY (provider_id, subject),
  CONSTRAINT fk_identities_provider_id_identity_providers FOREIGN KEY(provider_id) REFERENCES identity_providers (id) ON DELETE CASCADE,
  CONSTRAINT fk_identities_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_identities_user_id ON identities (user_id);

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON identity_providers FOR EACH ROW EXECUTE FUNCTION touch();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("""
        DROP TABLE identities, identity_providers, mails, one_time_links, sign_in_failures, devices, ceremonies, passkeys,
                   sessions, user_roles, users;
        ALTER TABLE organisations DROP is_centre;
    """)
