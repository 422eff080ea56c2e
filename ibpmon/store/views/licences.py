"""Which licences the board has: they decide what can be seen."""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, literal, select

from ibpmon.store.view import Here

P1, P2 = "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"


def has_plan(here: Here, plan: str) -> ColumnElement[Any]:
    """Whether a licence that runs holds this plan."""
    licence = here.part("licences", {"sku_id": "text", "state": "text", "plans": "list"}, f"licence_{plan[:8]}")
    holds = and_(licence.c.state == "Enabled", cast(licence.c.plans, String).like(f"%{plan}%"))
    return select(literal(1)).select_from(licence).where(holds).exists()
