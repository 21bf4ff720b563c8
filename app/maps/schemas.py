"""What can be asked of a tile of the ground."""

from pydantic import BaseModel, ConfigDict, Field

from app.filters import Lang


class GroundFilter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Lang | None = Field(None, description="language of names; else by Accept-Language")
