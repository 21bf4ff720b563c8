"""The door for people: /directory, whom to call. Every reading is recorded in the transaction that reads: these doors are sync."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from anyio import from_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app import forms, languages
from app.answers import check
from app.contacts import actions as contacts
from app.contacts import queries
from app.contacts.queries import ALL, DIRECTORY
from app.contacts.schemas import DIRECTORY_KINDS, SPOKEN, ContactChange, ContactFilter, ContactIn
from app.contacts.times import local_time
from app.db import Db
from app.errors import AppError, Stale
from app.forms import Form, Typed, TypedForm
from app.idempotency import once
from app.keys import queries as key_queries
from app.languages import gettext as _
from app.people.access import Asker, allowed_to, signed_in
from app.people.texts import dialled
from app.permissions import By, Permission, public
from app.records import version_of
from app.web import as_page, listing, names_of, render, shown, spoken, without_filters

router = APIRouter(prefix="/directory", dependencies=[Depends(as_page)], include_in_schema=False)
Writer = Annotated[By, allowed_to(Permission.CAPACITY_WRITE)]
Values = dict[str, list[str]]


class ForWhom(BaseModel):
    """What the page for a new contact can be asked: whose it is."""

    model_config = ConfigDict(extra="forbid")

    organisation: str | None = Field(None, max_length=100)
    capacity: str | None = Field(None, max_length=100)
    lang: str | None = None


def labels() -> dict[str, str]:
    return {
        "organisation": _("Organisation"),
        "kind": _("Kind"),
        "name": _("Name"),
        "position": _("Position"),
        "phones": _("Telephone"),
        "email": _("E-mail"),
        "radio": _("Radio"),
        "languages": _("Languages"),
        "is_24h": _("Answers around the clock"),
        "hours": _("Hours"),
        "visibility": _("Who may see it"),
    }


def changeable() -> dict[str, str]:
    """Whose a contact is, and of which kind, stays."""
    return {name: label for name, label in labels().items() if name not in ("organisation", "kind")}


def audiences() -> dict[str, str]:
    return {
        "own": _("only the organisation that keeps it"),
        "centre": _("the Centre"),
        "partners": _("partners who sign in"),
        "public": _("everybody"),
    }


# -- reading


@router.get("")
@public
def list_directory(request: Request, where: Annotated[ContactFilter, Query()], db: Db, by: Asker) -> HTMLResponse:
    from_thread.run(check, where, request.app.state.reader)
    lang, writes = languages.current().code, by.may(Permission.CAPACITY_WRITE)
    withdrawn = queries.withdrawn(db, lang) if writes else []
    page = contacts.find_contacts(db, by, DIRECTORY, where, also=[one["id"] for one in withdrawn])
    counted = queries.row(db, queries.facets(where, lang))[0]
    return private(
        request,
        "contacts/list.html",
        page=shown(request, page),
        facets=counted,
        names=names_of(counted),
        writes=writes,
        withdrawn=withdrawn,
    )


def private(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page with people's numbers: no browser keeps it, so that it cannot be read again unrecorded."""
    answer = render(request, template, status, audiences=audiences(), dialled=dialled, local_time=local_time, **context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/new")
def new_contact(request: Request, asked: Annotated[ForWhom, Query()], db: Db, by: Writer) -> HTMLResponse:
    values = {
        "organisation": [asked.organisation or by.organisation_code],
        "capacity": [asked.capacity or ""],
        "kind": ["capacity" if asked.capacity else "duty_officer"],
        "visibility": ["centre"],
    }
    return form_page(request, db, by, Form("contacts/new", values, labels()), "/directory/new")


@router.get("/{id}", dependencies=[Depends(without_filters)])
@public
def show_contact(request: Request, id: str, db: Db, by: Asker) -> HTMLResponse:
    _found, place = contacts.seen(db, by, id)
    contact, updated_at = contacts.find_contact(db, by, id, ALL)
    return private(
        request,
        "contacts/show.html",
        contact=contact,
        version=version_of(updated_at),
        writes=contacts.may_write(by, place),
        erases=contacts.may_erase(by, place) and bool(contact["name"]),
    )


# -- writing


@router.post("/new", dependencies=[Depends(without_filters)])
def make_contact(request: Request, by: Writer, typed: TypedForm, db: Db) -> Response:
    form = Form("contacts/new", typed.values, labels(), key=typed.key or "")

    def do() -> Response:
        new = forms.read(ContactIn, question(typed.values), labels())
        return RedirectResponse(f"/directory/{contacts.make_contact(db, by, new)}", 303)

    try:
        with db.begin_nested():
            return once(db, by, request, typed.key, typed.values, do)
    except AppError as error:
        return wrong(request, db, by, form, "/directory/new", error)


@router.get("/{id}/edit", dependencies=[Depends(without_filters)])
def edit_contact(request: Request, id: str, db: Db, by: Writer) -> HTMLResponse:
    contact, values, version = to_edit(db, by, id)
    form = Form(f"contacts/{contact['id']}", values, changeable(), version=version, was=values)
    return form_page(request, db, by, form, f"/directory/{contact['id']}/edit", contact)


def to_edit(db: Session, by: By, id: str) -> tuple[dict[str, Any], Values, str]:
    """A contact, the fields of its form, and its version. Raises NotFound, Forbidden."""
    contacts.to_write(db, by, id)
    contact, updated_at = contacts.find_contact(db, by, id, ALL)
    return contact, fields_of(contact), version_of(updated_at)


@router.post("/{id}/edit", dependencies=[Depends(without_filters)])
def change_contact(request: Request, id: str, by: Writer, typed: TypedForm, db: Db) -> Response:
    action = f"/directory/{id}/edit"
    if typed.is_decision and (open_ := forms.undecided(changeable(), typed)):
        return conflict_page(request, db, by, id, typed, open_)
    values = forms.merged(changeable(), typed) if typed.is_decision else typed.values
    form = Form(f"contacts/{id}", values, changeable(), version=typed.version, was=typed.was)
    try:
        with db.begin_nested():
            change = forms.read(ContactChange, whole(question(values)), changeable())
            contacts.change_contact(db, by, id, change, typed.version or None)
    except Stale:
        return conflict_page(request, db, by, id, typed)
    except AppError as error:
        return wrong(request, db, by, form, action, error, to_edit(db, by, id)[0])
    return RedirectResponse(f"/directory/{id}", 303)


def conflict_page(
    request: Request, db: Session, by: By, id: str, typed: Typed, open_: list[str] | None = None
) -> HTMLResponse:
    """Somebody was quicker: both versions side by side."""
    contact, theirs, version = to_edit(db, by, id)
    told = [{"field": f"choose.{name}", "message": _("Choose which version to keep.")} for name in open_ or ()]
    mine = Form(f"contacts/{id}", typed.values, changeable(), told, version=version, was=theirs)
    was = theirs if typed.is_decision else typed.was
    found = forms.differences(changeable(), was, theirs, typed.values, say)
    return private(request, "contacts/conflict.html", Stale.status, form=mine, differences=found, contact=contact)


def say(name: str, texts: Sequence[str]) -> str:
    if name == "languages":
        return spoken(texts)
    if name == "is_24h":
        return _("yes") if texts else _("no")
    return listing(audiences().get(text, text) for text in texts) if name == "visibility" else "\n".join(texts)


@router.post("/{id}/withdraw", dependencies=[Depends(without_filters)])
def withdraw_contact(id: str, by: Writer, typed: TypedForm, db: Db) -> RedirectResponse:
    contacts.withdraw_contact(db, by, id, typed.version, typed.text("reason")[:200])
    return RedirectResponse(f"/directory/{id}", 303)


@router.post("/{id}/restore", dependencies=[Depends(without_filters)])
def restore_contact(id: str, by: Writer, typed: TypedForm, db: Db) -> RedirectResponse:
    contacts.restore_contact(db, by, id, typed.version)
    return RedirectResponse(f"/directory/{id}", 303)


@router.post("/{id}/erase", dependencies=[Depends(without_filters)])
def erase_contact(id: str, by: Annotated[By, signed_in()], db: Db) -> RedirectResponse:
    contacts.erase_contact(db, by, id)
    return RedirectResponse("/directory", 303)


# -- the form


def fields_of(contact: Mapping[str, Any]) -> Values:
    """A contact as the form shows it: one telephone number a line."""
    plain = ("name", "position", "email", "radio", "hours", "visibility")
    return {name: [contact[name] or ""] for name in plain} | {
        "phones": ["\n".join(contact["phones"])],
        "languages": list(contact["languages"]),
        "is_24h": ["true"] if contact["is_24h"] else [],
    }


def question(values: Mapping[str, list[str]]) -> dict[str, Any]:
    """What the fields of the form say to the schema; those left empty say nothing."""
    told = forms.asked(values, ("languages",))
    phones = [line.strip() for line in str(told.get("phones") or "").splitlines() if line.strip()]
    told |= {"phones": phones, "is_24h": forms.is_ticked(values, "is_24h")}
    return {name: value for name, value in told.items() if value is not None}


def whole(said: dict[str, Any]) -> dict[str, Any]:
    """A form says every field: one that was emptied is to be empty. Whose contact it is does not change."""
    return {name: said.get(name, "" if name in ("name", "visibility") else None) for name in changeable()}


def wrong(
    request: Request, db: Session, by: By, form: Form, action: str, error: AppError, contact: Any = None
) -> HTMLResponse:
    """The form as it was typed, with what is wrong."""
    form.errors, form.message = error.errors, error.detail
    return form_page(request, db, by, form, action, contact, error.status)


def form_page(
    request: Request, db: Session, by: By, form: Form, action: str, contact: Any = None, status: int = 200
) -> HTMLResponse:
    lang = languages.current().code
    may_choose = contact is None and by.may(Permission.CAPACITY_WRITE_ANY) and not form.text("capacity")
    return private(
        request,
        "contacts/edit.html",
        status,
        form=form,
        action=action,
        contact=contact,
        organisations=key_queries.organisations(db, lang) if may_choose else [],
        kinds=DIRECTORY_KINDS,
        languages=[(code, spoken([code])) for code in SPOKEN],
    )
