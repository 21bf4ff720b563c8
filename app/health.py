"""Is the process alive, and can it do its work: for whoever restarts it or sends it traffic."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from app.errors import Overloaded
from app.languages import gettext as _
from app.permissions import public
from app.reading import HotDb
from app.sql import Sql

router = APIRouter(prefix="/health", include_in_schema=False)


@router.get("/live")
@public
async def live() -> JSONResponse:
    return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


@router.get("/ready")
@public
async def ready(db: HotDb) -> JSONResponse:
    """Ready when the database answers, is migrated, and tells this process of changes."""
    # a database that is away would be waited for
    row = await db.row(Sql("SELECT version_num FROM alembic_version", {})) if db.versions.listening else None
    if row is None:
        raise Overloaded(_("The database is not ready."))
    return JSONResponse({"status": "ready", "schema": row[0]}, headers={"Cache-Control": "no-store"})
