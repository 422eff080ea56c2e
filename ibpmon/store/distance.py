"""How far two places on earth lie apart, as SQL that both databases answer alike."""

from math import asin, cos, radians, sin, sqrt
from typing import Any

from sqlalchemy import BigInteger, Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

ACROSS = 2 * 6371.0  # kilometres: the earth as a ball, which is half a per cent off at most


class kilometres(FunctionElement[float]):  # noqa: N801 - reads as a function of SQL
    """Along the earth from one latitude and longitude to another; NULL where one of the four is not known."""

    type = Double()
    inherit_cache = True


@compiles(kilometres, "sqlite")
def kilometres_by_python(element: Any, compiler: Any, **options: Any) -> str:
    """Not every SQLite was built with sines."""
    return f"ibpmon_kilometres({compiler.process(element.clauses, **options)})"


@compiles(kilometres, "postgresql")
def kilometres_by_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL has sines of its own."""
    lat1, lon1, lat2, lon2 = (compiler.process(one, **options) for one in element.clauses)
    up, along = f"power(sind(({lat2} - {lat1}) / 2), 2)", f"power(sind(({lon2} - {lon1}) / 2), 2)"
    return f"({ACROSS} * asin(least(1.0, sqrt({up} + cosd({lat1}) * cosd({lat2}) * {along}))))"


class whole_part(FunctionElement[int]):  # noqa: N801 - reads as a function of SQL
    """A number that is not negative without what comes after its point; NULL stays NULL."""

    type = BigInteger()
    inherit_cache = True


@compiles(whole_part, "sqlite")
def cut_off(element: Any, compiler: Any, **options: Any) -> str:
    """SQLite cuts off; floor() is a function of the driver there, which fails on NULL."""
    return f"CAST({compiler.process(element.clauses, **options)} AS INTEGER)"


@compiles(whole_part, "postgresql")
def rounded_down(element: Any, compiler: Any, **options: Any) -> str:
    """PostgreSQL would round to the nearest."""
    return f"CAST(floor({compiler.process(element.clauses, **options)}) AS bigint)"


def between(lat1: float | None, lon1: float | None, lat2: float | None, lon2: float | None) -> float | None:
    """The same for SQLite."""
    if lat1 is None or lon1 is None or lat2 is None or lon2 is None:
        return None
    up, along = sin(radians(lat2 - lat1) / 2) ** 2, sin(radians(lon2 - lon1) / 2) ** 2
    return ACROSS * asin(min(1.0, sqrt(up + cos(radians(lat1)) * cos(radians(lat2)) * along)))
