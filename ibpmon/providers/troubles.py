"""What can go wrong between us and a service, as errors that say what, why and what to do."""

import ssl
from collections.abc import Iterator

import requests

from ibpmon.errors import PassingError, SourceError
from ibpmon.language import N_
from ibpmon.providers.session import NotAllowed, TooLarge, TooSlow


def trouble(error: requests.RequestException, host: str, setting: str = "tenant.graph") -> SourceError:
    """A failed exchange with a host: permanent or passing, and what to do about it.

    `setting` is the place in config.toml where its address stands.
    """
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return not_trusted(cause, host)
    if isinstance(error, TooLarge):
        return too_large(host, setting)
    if isinstance(error, NotAllowed):
        return not_allowed(host)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return other_host(host, setting)
    return unreachable(error, host)


def causes(error: BaseException, depth: int = 12) -> Iterator[BaseException]:
    """The error and everything that it was made of; requests and urllib3 wrap theirs several times."""
    yield error
    if depth:
        within = [error.__cause__, error.__context__, getattr(error, "reason", None), *error.args]
        for cause in within:
            if isinstance(cause, BaseException):
                yield from causes(cause, depth - 1)


def not_trusted(cause: ssl.SSLCertVerificationError, host: str) -> SourceError:
    """The certificate of the host is not one we believe."""
    return SourceError(
        N_("the certificate of {host} does not match"),
        why="{reason}",
        fix=N_("if your network inspects traffic, name its authority in tenant.ca; otherwise check the address"),
        host=host,
        reason=cause.verify_message or "TLS",
    )


def too_large(host: str, setting: str) -> SourceError:
    """The answer is larger than any that we ask for."""
    return SourceError(
        N_("the answer of {host} is too large"),
        why=N_("it went on beyond what any answer needs"),
        fix=N_("check that {setting} in config.toml is right; otherwise report it"),
        host=host,
        setting=setting,
    )


def not_allowed(host: str) -> SourceError:
    """Our own lock held a request back."""
    return SourceError(
        N_("ibpmon did not send a request to {host}"),
        why=N_("it could have changed something there, and ibpmon only reads"),
        fix=N_("report it: nothing in ibpmon should ask for this"),
        host=host,
    )


def other_host(host: str, setting: str) -> SourceError:
    """We were sent elsewhere."""
    return SourceError(
        N_("{host} refers to an address that is not in the configuration"),
        why=N_("ibpmon sends its credential to the configured hosts only"),
        fix=N_("check tenant.authority and {setting} in config.toml"),
        host=host,
        setting=setting,
    )


def unreachable(error: requests.RequestException, host: str) -> PassingError:
    """No whole answer came; the words of the error may hold an address with a name in it, so only its kind is told."""
    return PassingError(
        N_("cannot reach {host}"),
        why=reason(error),
        fix=N_("check the network, and tenant.proxy and the addresses in config.toml; ibpmon tries again later"),
        host=host,
    )


def reason(error: requests.RequestException) -> str:
    """Why no whole answer came."""
    names = {type(cause).__name__ for cause in causes(error)}
    if isinstance(error, TooSlow):
        return N_("the answer was not complete in time")
    if isinstance(error, requests.exceptions.ProxyError):
        return N_("the proxy does not let us through")
    if names & {"NameResolutionError", "gaierror"}:
        return N_("there is no host of that name")
    if "ConnectionRefusedError" in names:
        return N_("nothing listens there")
    if isinstance(error, requests.Timeout):
        return N_("no answer came in time")
    return N_("the connection broke")
