"""What could not be looked into, place by place: it stands there as somebody unknown, never as nobody."""

from collections.abc import Callable, Iterator, Mapping

from ibpmon.review.nouns import Landscape, Path, Principal, Resource, Way


def gaps(landscape: Landscape, resource: Resource) -> Iterator[Way]:
    """Everything about one place that was not read; without a right, for none is known."""
    yield from GAPS[resource.kind](landscape, resource)


def of_group(landscape: Landscape, group: Resource) -> Iterator[Way]:
    """The owners of a group; members that were not read stand among those who reach it."""
    if why := landscape.gap("group-owners", group.id):
        yield Principal("owners", group.id, group.name, reason=why), Path(())


def of_site(landscape: Landscape, site: Resource) -> Iterator[Way]:
    """The libraries of a site, the rights on one, and what else in it can have rights of its own."""
    if why := landscape.gap("drives", site.id):
        yield Principal("site", site.id, site.name, reason=why), Path(())
    for library in landscape.libraries.get(site.id, ()):
        if why := landscape.gap("drive-permissions", library.id):
            yield Principal("library", library.id, library.name, reason=why), Path((), library.name)
    yield from of_parts(landscape, site)


def of_parts(landscape: Landscape, site: Resource) -> Iterator[Way]:
    """One line for each source that was not whole for this site, with the first reason."""
    libraries = [library.id for library in landscape.libraries.get(site.id, ())]
    lists = [f"{site.id}/{one.id}" for one in landscape.lists.get(site.id, ())]
    items = [f"{library}/{item}" for library in libraries for item in landscape.shared.get(library, ())]
    looked = {"drive-items": libraries, "item-permissions": items, "site-admins": [site.id], "list-rights": lists}
    for connector, resources in looked.items():
        why = next((why for one in resources if (why := landscape.gap(connector, one))), "")
        if why:
            yield unread(site, connector, why)


def of_role(landscape: Landscape, role: Resource) -> Iterator[Way]:
    """Who holds a role; who may take one exists only with a licence, and without it there is nobody."""
    for connector in ("role-assignments", "role-eligibility"):
        reading = landscape.readings[connector]
        if reading.missing and reading.state != "SKIPPED":
            yield unread(role, connector, reading.missing)


def of_app(landscape: Landscape, app: Resource) -> Iterator[Way]:
    """Who was let into an application."""
    if why := landscape.gap("application-consents", app.id):
        yield unread(app, "application-consents", why)


def of_application(landscape: Landscape, application: Resource) -> Iterator[Way]:
    """The part of an export that could not be read."""
    if why := landscape.gap("application-rights", application.id):
        yield Principal("application", application.id, application.name, reason=why), Path(())


def unread(place: Resource, connector: str, why: str) -> Way:
    """A part of a place that one source should have told of."""
    return Principal("part", f"{place.id}/{connector}", scope=connector, reason=why), Path(())


GAPS: Mapping[str, Callable[[Landscape, Resource], Iterator[Way]]] = {
    "group": of_group,
    "site": of_site,
    "role": of_role,
    "app": of_app,
    "application": of_application,
}
