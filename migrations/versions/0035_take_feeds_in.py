"""Feeds from outside: how each is asked and how it is, its items as they were said, what they said before, what was unreadable."""

from alembic import op

revision = "0035"
down_revision = "0034"

TABLES = r"""
CREATE TABLE feeds (
  id UUID DEFAULT uuid_v7() NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  adapter TEXT NOT NULL,
  url TEXT NOT NULL,
  every_s INTEGER DEFAULT 300 NOT NULL,
  is_enabled BOOLEAN DEFAULT false NOT NULL,
  options JSONB DEFAULT '{}' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  etag TEXT,
  last_modified TEXT,
  body_digest BYTEA,
  next_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  last_tried_at TIMESTAMP WITH TIME ZONE,
  last_ok_at TIMESTAMP WITH TIME ZONE,
  last_news_at TIMESTAMP WITH TIME ZONE,
  failures INTEGER DEFAULT 0 NOT NULL,
  last_error TEXT,
  items_seen INTEGER DEFAULT 0 NOT NULL,
  items_new INTEGER DEFAULT 0 NOT NULL,
  items_changed INTEGER DEFAULT 0 NOT NULL,
  items_broken INTEGER DEFAULT 0 NOT NULL,
  CONSTRAINT pk_feeds PRIMARY KEY (id),
  CONSTRAINT uq_feeds_code UNIQUE (code),
  CONSTRAINT ck_feeds_adapter CHECK (
    adapter IN ('usgs', 'gdacs_rss', 'gdacs_api', 'emsc', 'eonet', 'reliefweb', 'georss', 'cap')),
  CONSTRAINT ck_feeds_every_s CHECK (every_s BETWEEN 30 AND 604800)
);
CREATE INDEX ix_feeds_next_at ON feeds (next_at) WHERE is_enabled;

CREATE TABLE feed_items (
  id UUID DEFAULT uuid_v7() NOT NULL,
  feed_id UUID NOT NULL,
  key TEXT NOT NULL,
  revision INTEGER DEFAULT 1 NOT NULL,
  digest BYTEA NOT NULL,
  raw TEXT,
  said JSONB NOT NULL,
  first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  gone_at TIMESTAMP WITH TIME ZONE,
  sorted_at TIMESTAMP WITH TIME ZONE,
  candidate_id UUID,
  CONSTRAINT pk_feed_items PRIMARY KEY (id),
  CONSTRAINT uq_feed_items_feed_id UNIQUE (feed_id, key),
  CONSTRAINT fk_feed_items_feed_id_feeds FOREIGN KEY(feed_id) REFERENCES feeds (id) ON DELETE CASCADE
);
CREATE INDEX ix_feed_items_unsorted ON feed_items (id) WHERE sorted_at IS NULL;
CREATE INDEX ix_feed_items_raw ON feed_items (seen_at) WHERE raw IS NOT NULL;
CREATE INDEX ix_feed_items_candidate_id ON feed_items (candidate_id);

CREATE TABLE feed_item_revisions (
  item_id UUID NOT NULL,
  revision INTEGER NOT NULL,
  raw TEXT,
  said JSONB NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_feed_item_revisions PRIMARY KEY (item_id, revision),
  CONSTRAINT fk_feed_item_revisions_item_id_feed_items FOREIGN KEY(item_id) REFERENCES feed_items (id) ON DELETE CASCADE
);
CREATE INDEX ix_feed_item_revisions_raw ON feed_item_revisions (seen_at) WHERE raw IS NOT NULL;

CREATE TABLE feed_problems (
  id UUID DEFAULT uuid_v7() NOT NULL,
  feed_id UUID NOT NULL,
  digest BYTEA NOT NULL,
  message TEXT NOT NULL,
  raw TEXT NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_feed_problems PRIMARY KEY (id),
  CONSTRAINT uq_feed_problems_feed_id UNIQUE (feed_id, digest),
  CONSTRAINT fk_feed_problems_feed_id_feeds FOREIGN KEY(feed_id) REFERENCES feeds (id) ON DELETE CASCADE
);
CREATE INDEX ix_feed_problems_seen_at ON feed_problems (seen_at);

CREATE TABLE feed_documents (
  feed_id UUID NOT NULL,
  address TEXT NOT NULL,
  stamp TEXT NOT NULL,
  keys TEXT[] DEFAULT '{}' NOT NULL,
  failures INTEGER DEFAULT 0 NOT NULL,
  fetched_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_feed_documents PRIMARY KEY (feed_id, address),
  CONSTRAINT fk_feed_documents_feed_id_feeds FOREIGN KEY(feed_id) REFERENCES feeds (id) ON DELETE CASCADE
);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE feed_documents, feed_problems, feed_item_revisions, feed_items, feeds")
