"""The table of contents: settings, layers, rooms."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

import app.models  # noqa: F401  every table, so that whoever writes finds those that foreign keys lead to
from app import errors, health, languages, logs, web
from app.accounts import openid_pages, passkey_pages, passkey_sign_in, provider_pages, sign_in_pages
from app.accounts import pages as account_pages
from app.administration import pages as administration_pages
from app.administration import welcome_pages
from app.capacities import api as capacities_api
from app.capacities import contact_api as capacity_contacts_api
from app.capacities import contact_pages as capacity_contacts_pages
from app.capacities import form_pages as capacity_form_pages
from app.capacities import pages as capacities_pages
from app.contacts import api as contact_api
from app.contacts import pages as contact_pages
from app.db import engine_of
from app.delivery import Cache, CompressMiddleware, Guard, Language
from app.deployments import api as deployments_api
from app.deployments import form_pages as deployment_form_pages
from app.deployments import pages as deployment_pages
from app.documents import api as documents_api
from app.documents import form_pages as document_form_pages
from app.documents import pages as document_pages
from app.documents import receiving
from app.entry_points import api as entry_points_api
from app.entry_points import form_pages as entry_point_form_pages
from app.entry_points import pages as entry_point_pages
from app.equipment import api as equipment_api
from app.equipment import form_pages as equipment_form_pages
from app.equipment import pages as equipment_pages
from app.events import api as events_api
from app.events import form_pages as event_form_pages
from app.events import merge_api as event_merge_api
from app.events import merge_pages as event_merge_pages
from app.events import pages as events_pages
from app.events import relation_api as event_relation_api
from app.events import relation_pages as event_relation_pages
from app.exchange import api as exchange_api
from app.feeds import api as feeds_api
from app.figures import api as figures_api
from app.figures import form_pages as figure_form_pages
from app.figures import pages as figure_pages
from app.home import across, of_requests, patterns, search
from app.home import pages as home_pages
from app.inbox import api as inbox_api
from app.inbox import form_pages as inbox_form_pages
from app.inbox import pages as inbox_pages
from app.inbox import rule_pages as inbox_rule_pages
from app.intake import pages as intake_pages
from app.keys import pages as key_pages
from app.live import api as live_api
from app.live.streams import Streams
from app.maps import api as maps_api
from app.maps import pages as maps_pages
from app.matching import api as matching_api
from app.matching import pages as matching_pages
from app.offers import api as offers_api
from app.offers import decision_pages as offer_decision_pages
from app.offers import form_pages as offer_form_pages
from app.offers import pages as offer_pages
from app.papers import pages as paper_pages
from app.people import api as people_api
from app.people import pages as people_pages
from app.people.access import Identify
from app.places import api as places_api
from app.reading import reading
from app.reference import api as reference_api
from app.requests import api as requests_api
from app.requests import form_pages as request_form_pages
from app.requests import pages as request_pages
from app.settings import Settings, settings
from app.situation_reports import api as reports_api
from app.situation_reports import form_pages as report_form_pages
from app.situation_reports import pages as report_pages
from app.static_files import StaticFiles
from app.stock import api as stock_api
from app.stock import catalogue_pages as stock_catalogue_pages
from app.stock import ledger_api, ledger_pages
from app.stock import pages as stock_pages
from app.subscriptions import pages as subscription_pages
from app.trail import api as trail_api
from app.trail import pages as trail_pages
from app.warnings import api as warnings_api
from app.warnings import form_pages as warning_form_pages
from app.warnings import pages as warning_pages
from app.webhooks import api as webhooks_api
from app.webhooks import pages as webhook_pages

API = "/api/v1"

DESCRIPTION = """Disaster events, response capacities and the Centre's stock, by region. Reading needs no key.

Every list takes the same filters, pages by `next`, and comes as JSON, GeoJSON, CSV (with HXL tags) or Excel.
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    languages.load()
    async with reading(app.state.settings) as app.state.reader:
        yield
    engine_of(app).dispose()


def create_app(config: Settings | None = None) -> FastAPI:
    """The portal as an ASGI application."""
    config = config or settings()
    logs.configure(config.log_format)
    app = FastAPI(
        title="Almaty Centre portal",
        version="1",
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.settings = config
    app.state.streams = Streams(config.live_per_address)
    app.state.count_waiting = inbox_pages.count_waiting
    errors.answer_with_errors(app, partial(web.render, template="errors/error.html"))
    app.add_exception_handler(web.Elsewhere, web.on_elsewhere)
    add_rooms(app)
    if config.debug:
        app.include_router(patterns.router)
    add_layers(app, config)
    return app


def add_rooms(app: FastAPI) -> None:
    app.include_router(health.router)
    for room in (events_api, figures_api, capacities_api, ledger_api, stock_api, places_api, reference_api):
        app.include_router(room.router, prefix=API)
    for room in (contact_api, capacity_contacts_api):
        app.include_router(room.router, prefix=API)
    for room in (people_api, places_api, figures_api):
        app.include_router(room.reference, prefix=API)
    for door in (sign_in_pages, account_pages, key_pages, provider_pages, passkey_pages, passkey_sign_in, openid_pages):
        app.include_router(door.router)
    for door in (welcome_pages, administration_pages, contact_pages, capacity_contacts_pages):
        app.include_router(door.router)
    for router in (documents_api.of_events, documents_api.router, reports_api.router):
        app.include_router(router, prefix=API)
    for router in (
        document_form_pages.of_events, document_form_pages.router, document_pages.router, report_form_pages.router,
        report_pages.router,
    ):  # fmt: skip
        app.include_router(router)
    app.include_router(event_form_pages.fragments)
    app.include_router(event_form_pages.router)
    for door in (figure_form_pages, figure_pages, event_merge_pages, event_relation_pages):
        app.include_router(door.router)
    for room in (event_merge_api, event_relation_api):
        app.include_router(room.router, prefix=API)
    app.include_router(capacity_form_pages.router)
    app.include_router(ledger_pages.router)
    app.include_router(stock_catalogue_pages.router)
    for door in (people_pages, events_pages, capacities_pages, stock_pages, maps_pages, across, search, home_pages):
        app.include_router(door.router)
    app.include_router(inbox_api.router, prefix=API)
    app.include_router(webhooks_api.router, prefix=API)
    for door in (inbox_rule_pages, inbox_form_pages, inbox_pages, webhook_pages, subscription_pages):
        app.include_router(door.router)
    app.include_router(intake_pages.router)
    app.include_router(trail_api.router, prefix=API)
    add_warnings(app)
    add_entry_points(app)
    add_assistance(app)
    app.include_router(trail_pages.router)
    app.include_router(maps_api.router)
    app.include_router(live_api.router)
    app.include_router(feeds_api.router)
    app.mount("/static", StaticFiles())


def add_entry_points(app: FastAPI) -> None:
    for router in (entry_points_api.router, entry_points_api.agreements, entry_points_api.support):
        app.include_router(router, prefix=API)
    for door in (entry_point_form_pages, entry_point_pages):
        app.include_router(door.router)


def add_warnings(app: FastAPI) -> None:
    app.include_router(warnings_api.router, prefix=API)
    app.include_router(warnings_api.feed)
    for door in (warning_form_pages.beginning, warning_pages.lists, warning_pages.router, warning_form_pages.router):
        app.include_router(door)


def add_assistance(app: FastAPI) -> None:
    """From request to delivery."""
    for room in (
        equipment_api,
        requests_api,
        offers_api,
        matching_api,
        deployments_api,
        exchange_api,
    ):
        app.include_router(room.router, prefix=API)
    for door in (matching_pages, equipment_form_pages, equipment_pages):
        app.include_router(door.router)
    for router in (
        request_form_pages.beginning, request_pages.lists, of_requests.router, request_pages.router, request_form_pages.router,
    ):  # fmt: skip
        app.include_router(router)
    for router in (
        offer_form_pages.beginning, offer_decision_pages.beginning, offer_pages.lists, offer_pages.router,
        offer_form_pages.router, offer_decision_pages.router,
    ):  # fmt: skip
        app.include_router(router)
    app.include_router(paper_pages.router)
    for router in (
        deployment_form_pages.beginning, deployment_pages.lists, deployment_form_pages.router, deployment_pages.router,
    ):  # fmt: skip
        app.include_router(router)


def add_layers(app: FastAPI, config: Settings) -> None:
    """From the inside to the outside."""
    app.add_middleware(Identify, settings=config)
    app.add_middleware(Language)
    app.add_middleware(CompressMiddleware, minimum_size=600, zstd_level=3, brotli_quality=4, gzip_level=4)
    app.add_middleware(Cache, most_bytes=config.cache_mb * 1024 * 1024)
    app.add_middleware(Guard, settings=config, files=receiving.DOORS)
