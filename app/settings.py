"""Every setting of the portal, read once from the environment (or a `.env` file), typed and checked."""

from functools import cache
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[list[str], NoDecode]


class Settings(BaseSettings):
    """Names are those of the environment variables, in upper case; `.env.example` explains each."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field(
        "postgresql:///portal", description="where the server reads and writes, as a role that owns nothing"
    )
    database_owner_url: str | None = Field(None, description="the role that owns the tables: migrations and seed")
    public_url: str = Field(
        "http://localhost:8000", description="the address people and programs use; absolute links begin with it"
    )
    allowed_hosts: Names = Field(["*"], description="Host headers that are answered; * is any")
    trusted_proxies: Names = Field([], description="addresses whose X-Forwarded-For is believed")
    rate_limit: int = Field(
        1200, ge=0, description="requests a minute from one address, each worker by itself; 0 is no limit"
    )
    live_per_address: int = Field(
        200,
        ge=0,
        description="open pages that may listen for changes from one address, each worker by itself; 0 is no limit",
    )
    pool_size: int = Field(
        8, ge=1, description="database connections of one worker for reading, and as many threads for writing"
    )
    cache_mb: int = Field(64, ge=0, description="answers kept in memory by each worker; 0 keeps none")
    largest_document_mb: int = Field(25, ge=1, le=1000, description="no file kept with an event may be larger")
    statement_timeout_s: int = Field(15, ge=1, description="no read may keep the database busy longer")
    secret_key: str = Field("", description="encrypts second factors and client secrets; `./portal up` makes one")
    smtp_url: str = Field(
        "", description="the mail server: smtp://user:password@host:587, or smtps://…; none: a folder"
    )
    mail_from: str = Field("portal@localhost", description="the sender of the portal's mails")
    mail_folder: str = Field("", description="where mails are kept while there is no mail server")
    session_idle_minutes: int = Field(120, ge=5, description="a session ends after so long without a request")
    session_hours: int = Field(24, ge=1, description="a session ends after so long whatever happens")
    allow_private_addresses: bool = Field(
        False,
        description="identity providers, feeds and receivers of messages may be in our own network, and here without TLS",
    )
    fetch_feeds: bool = Field(True, description="false: no feed is fetched from outside, whatever is turned on")
    reliefweb_appname: str = Field("", description="the appname that ReliefWeb approved; without it its feed is silent")
    region_margin_km: float = Field(
        100, ge=0, le=1000, description="what feeds tell of so near to a country of the region is sorted as in it"
    )
    debug: bool = Field(False, description="shows the /patterns page; never in public")
    log_format: str = Field("console", pattern="^(console|json)$", description="how log lines look")

    @field_validator("allowed_hosts", "trusted_proxies", mode="before")
    @classmethod
    def split_names(cls, value: object) -> object:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def without_last_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def owner_url(self) -> str:
        return self.database_owner_url or self.database_url


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
