"""Announcements: what was done, for those outside who asked to be told; webhooks with their deliveries, subscriptions by mail.

A trigger on `history` writes them in the transaction of the change. Each is marked once it was handed on, so that one whose
transaction commits late is found all the same.
"""

from alembic import op

revision = "0038"
down_revision = "0037"

CONDITIONS = """
  countries TEXT[] DEFAULT '{}' NOT NULL,
  areas TEXT[] DEFAULT '{}' NOT NULL,
  hazards TEXT[] DEFAULT '{}' NOT NULL,
  alert_at_least TEXT,
  statuses TEXT[] DEFAULT '{}' NOT NULL,
  kinds TEXT[] DEFAULT '{}' NOT NULL,
  exercises TEXT DEFAULT 'no' NOT NULL,"""

ALLOWED = """
  CONSTRAINT ck_{table}_alert_at_least CHECK (alert_at_least IN ('green', 'orange', 'red')),
  CONSTRAINT ck_{table}_exercises CHECK (exercises IN ('no', 'yes', 'only')),"""

TABLES = r"""
CREATE TABLE announcements (
  id UUID DEFAULT uuid_v7() NOT NULL,
  history_id BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  noun TEXT NOT NULL,
  action TEXT NOT NULL,
  record_id UUID NOT NULL,
  ref TEXT NOT NULL,
  visibility TEXT NOT NULL,
  was_alert_level TEXT,
  was_status TEXT,
  kind TEXT,
  event_id UUID,
  attempts INTEGER DEFAULT 0 NOT NULL,
  told_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_announcements PRIMARY KEY (id),
  CONSTRAINT uq_announcements_history_id UNIQUE (history_id),
  CONSTRAINT ck_announcements_visibility CHECK (visibility IN ('public', 'partners', 'centre', 'own'))
);
CREATE INDEX ix_announcements_at ON announcements (at);
CREATE INDEX ix_announcements_untold ON announcements (history_id) WHERE told_at IS NULL;

CREATE TABLE webhooks (
  id UUID DEFAULT uuid_v7() NOT NULL,
  organisation_id UUID NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,{conditions}
  sees TEXT NOT NULL,
  limited_to TEXT[] DEFAULT '{}' NOT NULL,
  secret BYTEA NOT NULL,
  former_secret BYTEA,
  former_until TIMESTAMP WITH TIME ZONE,
  state TEXT DEFAULT 'active' NOT NULL,
  because TEXT,
  failures INTEGER DEFAULT 0 NOT NULL,
  failing_since TIMESTAMP WITH TIME ZONE,
  next_try_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  created_by_id UUID,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_webhooks PRIMARY KEY (id),{webhooks_allowed}
  CONSTRAINT ck_webhooks_sees CHECK (sees IN ('public', 'partners', 'centre')),
  CONSTRAINT ck_webhooks_state CHECK (state IN ('active', 'paused', 'ended')),
  CONSTRAINT ck_webhooks_because CHECK (because IN ('failing', 'gone', 'owner')),
  CONSTRAINT ck_webhooks_former_secret CHECK ((former_secret IS NULL) = (former_until IS NULL)),
  CONSTRAINT fk_webhooks_organisation_id_organisations FOREIGN KEY(organisation_id) REFERENCES organisations (id),
  CONSTRAINT fk_webhooks_created_by_id_users FOREIGN KEY(created_by_id) REFERENCES users (id)
);
CREATE INDEX ix_webhooks_organisation_id ON webhooks (organisation_id);

CREATE TABLE deliveries (
  id UUID DEFAULT uuid_v7() NOT NULL,
  webhook_id UUID NOT NULL,
  announcement_id UUID,
  state TEXT DEFAULT 'waiting' NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  last_status INTEGER,
  next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  taken_until TIMESTAMP WITH TIME ZONE,
  patient_until TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() + interval '3 days' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  done_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_deliveries PRIMARY KEY (id),
  CONSTRAINT uq_deliveries_webhook_id UNIQUE (webhook_id, announcement_id),
  CONSTRAINT ck_deliveries_state CHECK (state IN ('waiting', 'delivered', 'failed', 'withheld', 'skipped')),
  CONSTRAINT fk_deliveries_webhook_id_webhooks FOREIGN KEY(webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE,
  CONSTRAINT fk_deliveries_announcement_id_announcements FOREIGN KEY(announcement_id) REFERENCES announcements (id) ON DELETE CASCADE
);
CREATE INDEX ix_deliveries_announcement_id ON deliveries (announcement_id);
CREATE INDEX ix_deliveries_created_at ON deliveries (webhook_id, created_at);
CREATE INDEX ix_deliveries_waiting ON deliveries (webhook_id, next_attempt_at) WHERE state = 'waiting';

CREATE TABLE delivery_attempts (
  id UUID DEFAULT uuid_v7() NOT NULL,
  delivery_id UUID NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  duration_ms INTEGER NOT NULL,
  status INTEGER,
  failure TEXT,
  answer TEXT DEFAULT '' NOT NULL,
  CONSTRAINT pk_delivery_attempts PRIMARY KEY (id),
  CONSTRAINT fk_delivery_attempts_delivery_id_deliveries FOREIGN KEY(delivery_id) REFERENCES deliveries (id) ON DELETE CASCADE
);
CREATE INDEX ix_delivery_attempts_delivery_id ON delivery_attempts (delivery_id);

CREATE TABLE subscriptions (
  id UUID DEFAULT uuid_v7() NOT NULL,
  user_id UUID NOT NULL,{conditions}
  rhythm TEXT NOT NULL,
  hour INTEGER NOT NULL,
  time_zone TEXT NOT NULL,
  next_digest_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_subscriptions PRIMARY KEY (id),{subscriptions_allowed}
  CONSTRAINT ck_subscriptions_rhythm CHECK (rhythm IN ('immediate', 'daily')),
  CONSTRAINT ck_subscriptions_hour CHECK (hour BETWEEN 0 AND 23),
  CONSTRAINT ck_subscriptions_next_digest_at CHECK ((rhythm = 'daily') = (next_digest_at IS NOT NULL)),
  CONSTRAINT fk_subscriptions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_subscriptions_user_id ON subscriptions (user_id);
CREATE INDEX ix_subscriptions_next_digest_at ON subscriptions (next_digest_at);

-- what is to be mailed to a subscriber; gone once it is in the outbox
CREATE TABLE subscription_news (
  subscription_id UUID NOT NULL,
  announcement_id UUID NOT NULL,
  CONSTRAINT pk_subscription_news PRIMARY KEY (subscription_id, announcement_id),
  CONSTRAINT fk_subscription_news_subscription_id_subscriptions FOREIGN KEY(subscription_id) REFERENCES subscriptions (id) ON DELETE CASCADE,
  CONSTRAINT fk_subscription_news_announcement_id_announcements FOREIGN KEY(announcement_id) REFERENCES announcements (id) ON DELETE CASCADE
);
CREATE INDEX ix_subscription_news_announcement_id ON subscription_news (announcement_id);

-- when a subscriber was last mailed about an event (or a warning without one): what follows soon waits a little
CREATE TABLE subscription_mailings (
  subscription_id UUID NOT NULL,
  about_id UUID NOT NULL,
  mailed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_subscription_mailings PRIMARY KEY (subscription_id, about_id),
  CONSTRAINT fk_subscription_mailings_subscription_id_subscriptions FOREIGN KEY(subscription_id) REFERENCES subscriptions (id) ON DELETE CASCADE
);
CREATE INDEX ix_subscription_mailings_mailed_at ON subscription_mailings (mailed_at);

ALTER TABLE mails ADD headers JSONB;

CREATE FUNCTION announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO announcements (history_id, at, noun, action, record_id, ref, visibility, was_alert_level, was_status)
    VALUES (NEW.id, NEW.at, NEW.noun, NEW.action, NEW.record_id, NEW.ref, NEW.visibility,
            CASE WHEN NEW.noun = 'events' THEN NEW.before ->> 'alert_level' END,
            CASE WHEN NEW.noun = 'events' THEN NEW.before ->> 'status' END);
    RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT ON history FOR EACH ROW
    WHEN (NEW.record_id IS NOT NULL AND NEW.action <> 'read'
          AND NEW.noun IN ('events', 'figures', 'situation_reports', 'documents', 'warnings'))
    EXECUTE FUNCTION announce();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    tables = TABLES.replace("{conditions}", CONDITIONS)
    for table in ("webhooks", "subscriptions"):
        tables = tables.replace(f"{{{table}_allowed}}", ALLOWED.format(table=table))
    op.execute(tables)


def downgrade() -> None:
    op.execute("""
        DROP TRIGGER announce ON history;
        DROP FUNCTION announce();
        ALTER TABLE mails DROP headers;
        DROP TABLE subscription_mailings, subscription_news, subscriptions, delivery_attempts, deliveries, webhooks, announcements;
    """)
