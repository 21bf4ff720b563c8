"""What an open page says of itself."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.filters import Many, among
from app.versions import LAYERS


class LiveFilter(BaseModel):
    """The nouns that a page shows, and what it knew of them when it last listened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layers: Annotated[Many, among(*LAYERS)] = Field(description=", ".join(LAYERS), examples=["events,warnings"])
    since: str | None = Field(None, max_length=500, description="the `id` of the last message that was heard")
