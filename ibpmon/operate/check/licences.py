"""Licences: which ones the tenant has, and what each lets us see."""

import json
from collections.abc import Iterator, Mapping

from ibpmon.collect.connectors import Connector
from ibpmon.errors import SourceError
from ibpmon.language import N_
from ibpmon.operate.check.said import Check, from_error
from ibpmon.providers.client import Graph

# The service plans that matter, by Microsoft's own id and name (its list: licensing-service-plan-reference).
PLANS: Mapping[str, tuple[str, ...]] = {
    "P1": ("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM"),
    "P2": ("eec0eb4f-6444-4f95-aba0-50c24d67f998", "AAD_PREMIUM_P2"),
    "Intune": ("c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "INTUNE_A", "INTUNE_EDU"),
    "SharePoint": ("SHAREPOINTSTANDARD", "SHAREPOINTENTERPRISE", "SHAREPOINTSTANDARD_EDU", "SHAREPOINTENTERPRISE_EDU"),
}
WORKING = ("Success", "PendingActivation")


def licences(graph: Graph, connectors: Mapping[str, Connector]) -> Iterator[Check]:
    """Each licence that a source needs: there, with what it unlocks, or not there, with what stays unseen."""
    try:
        found = plans_of(graph.get("/subscribedSkus", needs=("LicenseAssignment.Read.All",)))
    except SourceError as error:
        yield from_error("licences", error, "unknown")
        return
    for licence, names in PLANS.items():
        users = [one.id for one in connectors.values() if one.requires == licence]
        if users:
            yield said(licence, users, there=has(licence, names, found))


def plans_of(body: bytes) -> set[str]:
    """The ids and names of all service plans that work."""
    plans = [plan for sku in json.loads(body).get("value", []) for plan in sku.get("servicePlans") or []]
    working = [plan for plan in plans if plan.get("provisioningStatus") in WORKING]
    return {str(plan.get(key)) for plan in working for key in ("servicePlanId", "servicePlanName")}


def has(licence: str, names: tuple[str, ...], found: set[str]) -> bool:
    """Whether a licence is there; P2 holds all of P1."""
    return bool(found & set(names)) or (licence == "P1" and bool(found & set(PLANS["P2"])))


def said(licence: str, users: list[str], *, there: bool) -> Check:
    """What a licence unlocks, or what cannot be seen without it."""
    values = {"licence": licence, "users": ", ".join(users)}
    if there:
        return Check("licences", "ok", N_("licence {licence} is there; it unlocks: {users}"), "", values)
    what = N_("licence {licence} was not found; without it these cannot be judged: {users}")
    fix = N_("nothing to do when the board has no such licence; reports say that these were not looked at")
    return Check("licences", "note", what, fix, values)
