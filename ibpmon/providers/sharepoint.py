"""The client of SharePoint's own REST: who is in the groups of a site, which Graph does not tell.

It signs in as a second app registration, with a certificate only: the permission that SharePoint asks for this can
also write, so the board gives it apart and may leave it out. What goes out is held to reads by `allowed`.
"""

from ibpmon.config import Config, Tenant
from ibpmon.config import SharePoint as Settings
from ibpmon.language import N_
from ibpmon.providers import refusals
from ibpmon.providers.addresses import SHAREPOINT, with_query
from ibpmon.providers.client import Client, Form, Params
from ibpmon.providers.refusals import Denied, Meaning


class SharePoint(Client):
    """SharePoint REST of every site below the configured address."""

    name, service, form = "sharepoint", SHAREPOINT, Form("value", ("odata.nextLink",))
    accept = "application/json;odata=nometadata"

    def first(self, path: str, params: Params | None) -> str:
        """The path of a site, as its webUrl has it, and the question behind it: /sites/x/_api/web/lists."""
        return with_query(self.root + path, params)

    def means(self, status: int, code: str, sentence: str) -> Meaning:
        """SharePoint has numbers instead of codes; what is closed is closed per site."""
        if status == 401:
            return refusals.not_accepted()
        if status == 403:
            return (
                Denied,
                N_("this site is closed to the second app registration, which needs {permissions}"),
                N_("check its API permissions for SharePoint in Entra; one site can also be locked by itself"),
            )
        return refusals.other_meaning(status, code)


def as_second(config: Config, second: Settings) -> Tenant:
    """The tenant as the second app registration signs in to it."""
    return config.tenant.model_copy(
        update={"client_id": second.client_id, "certificate": second.certificate, "secret": None}
    )
