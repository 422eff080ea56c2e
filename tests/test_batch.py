"""Twenty questions in one request: each has its own answer, its own refusal and its own next try."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from ibpmon.errors import MissingPermission, PassingError, SourceError
from ibpmon.providers.auth import SignInError
from ibpmon.providers.batch import Ask
from ibpmon.providers.budget import LIMITS, Budgets, Limit
from ibpmon.providers.client import Graph
from ibpmon.providers.refusals import Denied, Gone
from ibpmon.providers.session import Session
from ibpmon.providers.waiting import TOKENS, TRIES, Stopped, Waiting
from tests.odd import TOKEN, Clock, GivenTokens, Odd, OddHandler, serving

Json = dict[str, Any]
Reply = Callable[[Json], Json | None]


class Batches:
    """A Graph that answers each question of a batch as a test says, and remembers what it was asked."""

    def __init__(self, odd: Odd) -> None:
        self.odd, self.script, self.rounds = odd, dict[str, list[Json | None]](), list[list[Json]]()
        self.outer: list[Callable[[OddHandler], None]] = []  # what comes before any answer
        for version in ("v1.0", "beta"):
            odd.behaviour[f"/{version}/$batch"] = self.answer

    def answer(self, handler: OddHandler) -> None:
        """Answer in the other order."""
        asked = json.loads(handler.body)["requests"]
        self.rounds.append(asked)
        if self.outer:
            self.outer.pop(0)(handler)
            return
        answers = [one for ask in reversed(asked) if (one := self.one(ask))]
        handler.reply(200, json.dumps({"responses": answers}).encode())

    def one(self, ask: Json) -> Json | None:
        """The next answer of the script for a path, or a plain one; None leaves it out."""
        script = self.script.get(ask["url"].partition("?")[0])
        told = script.pop(0) if script else {"status": 200, "body": {"value": [], "url": ask["url"]}}
        return told and {"id": ask["id"], "headers": {}, **told}

    def paths(self) -> list[list[str]]:
        """What was asked, per round, in order."""
        return [sorted(ask["url"] for ask in asked) for asked in self.rounds]


def refusal(status: int, code: str = "UnknownError", **headers: str) -> Json:
    """A refusal of one question."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"status": status, "headers": named, "body": {"error": {"code": code, "message": ""}}}


@pytest.fixture
def clock() -> Clock:
    """Time that costs nothing."""
    return Clock()


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Odd]:
    """The server behind it."""
    with serving(tmp_path) as server:
        yield server


@pytest.fixture
def stop() -> Event:
    """The event that ends every wait."""
    return Event()


@pytest.fixture
def graph(odd: Odd, clock: Clock, stop: Event) -> Iterator[Graph]:
    """A client without Entra, whose waits cost nothing."""
    waiting = Waiting(stop, clock, clock.wait)
    session = Session([odd.root], ca=odd.ca)
    with Graph(session, GivenTokens(), odd.root, Budgets(waiting), waiting, chance=lambda: 0.5) as client:
        yield client


@pytest.fixture
def batches(odd: Odd) -> Batches:
    """What Graph will answer."""
    return Batches(odd)


def asks(*paths: str) -> list[Ask]:
    """Plain questions."""
    return [Ask(path) for path in paths]


def url_in(body: bytes | SourceError) -> str:
    """Which question this answers."""
    assert isinstance(body, bytes)
    return str(json.loads(body)["url"])


# ---------------------------------------------------------------- what works


def test_answers_come_back_in_the_order_of_the_questions(graph: Graph, batches: Batches) -> None:
    """Graph gives them in any order."""
    paths = [f"/groups/{number}/members" for number in range(20)]
    assert [url_in(body) for body in graph.batch(asks(*paths))] == paths
    assert len(batches.rounds) == 1


def test_no_question_is_no_request(graph: Graph, odd: Odd) -> None:
    """A round may have nothing left to ask."""
    assert graph.batch([]) == []
    assert odd.seen == []


def test_more_than_twenty_questions_are_more_requests(graph: Graph, batches: Batches) -> None:
    """Graph takes no more than twenty."""
    assert len(graph.batch(asks(*(f"/groups/{number}" for number in range(45))))) == 45
    assert [len(asked) for asked in batches.rounds] == [20, 20, 5]


def test_params_links_and_versions_come_over(graph: Graph, batches: Batches, odd: Odd) -> None:
    """A question is a path with its query, a path that names its version, or a link from an answer."""
    found = graph.batch(
        [
            Ask("/groups", {"$select": "id,mail", "$top": 5}),
            Ask(f"{odd.root}/v1.0/groups?$skiptoken=abc%20d"),
            Ask("/beta/groups"),
        ]
    )
    assert [url_in(body) for body in found] == [
        "/groups?$select=id,mail&$top=5",
        "/groups?$skiptoken=abc%20d",
        "/groups",
    ]
    assert [len(asked) for asked in batches.rounds] == [2, 1]


def test_headers_go_with_each_question_and_the_token_only_outside(graph: Graph, batches: Batches, odd: Odd) -> None:
    """No link remembers them; a token inside would stand in a body."""
    graph.batch(asks("/a", "/b"), headers={"Prefer": "hierarchicalsharing", "ConsistencyLevel": "eventual"})
    (asked,) = batches.rounds
    assert all(ask["headers"] == {"Prefer": "hierarchicalsharing", "ConsistencyLevel": "eventual"} for ask in asked)
    assert odd.seen[0]["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN.encode() not in odd.posted[0]


def test_a_header_that_is_not_for_asking_is_a_mistake_of_ours(graph: Graph) -> None:
    """It could make another request of it."""
    with pytest.raises(ValueError, match="X-HTTP-Method"):
        graph.batch(asks("/a"), headers={"X-HTTP-Method": "DELETE"})


def test_each_question_is_paid_for(graph: Graph, batches: Batches, clock: Clock) -> None:
    """Microsoft counts the questions one by one: twelve of these batches go in a minute."""
    for _ in range(13):
        graph.batch(asks(*(f"/drives/{number}/root/permissions" for number in range(20))), "sharepoint", cost=5)
    assert sum(clock.waits) == pytest.approx(60, abs=1)


def test_a_batch_is_no_larger_than_its_budget(graph: Graph, batches: Batches, clock: Clock) -> None:
    """One in a second means one at a time."""
    graph.budgets = Budgets(graph.waiting, {"protection": Limit(1, 1), "small": Limit(50, 10)})
    graph.batch(asks("/a", "/b"), "protection")
    graph.batch(asks(*(f"/{number}" for number in range(12))), "small", cost=5)
    assert [len(asked) for asked in batches.rounds] == [1, 1, 10, 2]


# ---------------------------------------------------------------- one by one


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 507])
def test_only_what_failed_in_passing_is_asked_again(graph: Graph, batches: Batches, status: int) -> None:
    """Nineteen good answers are not asked for twice."""
    batches.script["/b"] = [refusal(status)]
    assert all(isinstance(body, bytes) for body in graph.batch(asks("/a", "/b", "/c")))
    assert batches.paths() == [["/a", "/b", "/c"], ["/b"]]


def test_the_most_patient_refusal_decides_how_long_we_wait_and_the_family_waits_too(
    graph: Graph, batches: Batches, clock: Clock
) -> None:
    """Each says its own time; asking one earlier would count against all."""
    batches.script |= {"/a": [refusal(429, Retry_After="7")], "/b": [refusal(429, retry_after="20")]}
    graph.batch(asks("/a", "/b", "/c"), "sharepoint")
    assert sum(clock.waits) == pytest.approx(20)


def test_a_refusal_that_says_nothing_gives_way_to_our_own_waits(graph: Graph, batches: Batches, clock: Clock) -> None:
    """Each is twice the last."""
    batches.script["/a"] = [refusal(429), refusal(429), refusal(504)]
    graph.batch(asks("/a"))
    assert clock.waits == [1.0, 2.0, 4.0]


def test_an_answer_that_is_missing_or_empty_is_asked_for_again(graph: Graph, batches: Batches) -> None:
    """Whatever is not there is not zero rows."""
    batches.script |= {"/a": [None], "/b": [{"status": 200}], "/c": [{"status": 200, "body": "bm8="}]}
    assert [url_in(body) for body in graph.batch(asks("/a", "/b", "/c"))] == ["/a", "/b", "/c"]
    assert batches.paths() == [["/a", "/b", "/c"]] * 2


def test_what_keeps_failing_is_told_for_itself_after_six_tries(graph: Graph, batches: Batches) -> None:
    """The others have their answer."""
    batches.script["/b"] = [refusal(503)] * 9
    good, bad = graph.batch(asks("/a", "/b"))
    assert url_in(good) == "/a"
    assert isinstance(bad, PassingError)
    assert len(batches.rounds) == TRIES


def test_patience_ends(graph: Graph, batches: Batches, clock: Clock) -> None:
    """A crawl that waits for hours on one drive looks dead."""
    batches.script["/a"] = [refusal(429, Retry_After="840")] * 9
    (error,) = graph.batch(asks("/a"))
    assert isinstance(error, PassingError)
    assert sum(clock.waits) <= 30 * 60


def test_a_refused_token_is_renewed_once_for_all(graph: Graph, batches: Batches, clock: Clock) -> None:
    """It may end in the middle of a batch."""
    batches.script |= {path: [refusal(401)] for path in ("/a", "/b")}
    assert all(isinstance(body, bytes) for body in graph.batch(asks("/a", "/b", "/c")))
    assert isinstance(graph.tokens, GivenTokens)
    assert (graph.tokens.renewed, clock.waits) == (1, [])

    batches.script["/a"] = [refusal(401)] * TOKENS
    (body,) = graph.batch(asks("/a"))
    assert isinstance(body, bytes)

    batches.script["/a"] = [refusal(401)] * (TOKENS + 1)
    (error,) = graph.batch(asks("/a"))
    assert "does not accept a new token either" in str(error)


def test_a_permanent_refusal_is_the_error_that_get_gives(graph: Graph, batches: Batches) -> None:
    """A drive that is gone, a site that is closed, a permission that lacks."""
    batches.script |= {
        "/a": [refusal(404, "itemNotFound")],
        "/b": [refusal(403, "accessDenied")],
        "/c": [refusal(403, "Authorization_RequestDenied")],
        "/d": [refusal(410, "resyncRequired")],
        "/e": [refusal(423, "resourceLocked")],
    }
    found = graph.batch(
        asks("/a", "/b", "/c", "/d", "/e", "/f"), needs=["Sites.Read.All"], template="/drives/{drive_id}"
    )
    kinds = [type(one) for one in found]
    assert kinds == [Gone, Denied, MissingPermission, PassingError, Denied, bytes]
    assert "answered 404 to GET /drives/{drive_id}" in str(found[0])
    assert "Sites.Read.All" in str(found[2])
    assert len(batches.rounds) == 1


def test_a_hostile_link_costs_only_its_own_question(graph: Graph, batches: Batches) -> None:
    """It never goes out, and the token stays here."""
    good, bad = graph.batch([Ask("/a"), Ask("https://evil.example/v1.0/users")])
    assert url_in(good) == "/a"
    assert "does not follow" in str(bad)
    assert batches.paths() == [["/a"]]


# ---------------------------------------------------------------- all together


def test_a_batch_that_fails_as_a_whole_is_sent_again(graph: Graph, batches: Batches, clock: Clock) -> None:
    """As any request: a refusal, a line that breaks, an answer that is none."""
    batches.outer = [
        lambda handler: handler.reply(429, b"{}", Retry_After="9"),
        lambda handler: setattr(handler, "close_connection", True),
        lambda handler: handler.reply(200, b"<html>"),
        lambda handler: handler.reply(200, b'{"responses": 5}'),
    ]
    assert url_in(graph.batch(asks("/a"))[0]) == "/a"
    assert len(batches.rounds) == 5
    assert clock.waits[0] == 9.0


def test_what_ends_a_batch_ends_each_of_its_questions(graph: Graph, batches: Batches) -> None:
    """Each is told, as if it had been asked by itself."""
    batches.outer = [lambda handler: handler.reply(400, b'{"error": {"code": "BadRequest"}}')]
    found = graph.batch(asks("/a", "/b"))
    assert all(isinstance(error, SourceError) for error in found)
    assert "answered 400 to POST /$batch of 2 x GET /{id}" in str(found[0]).replace("/a", "/{id}")


def test_a_stop_ends_it(graph: Graph, batches: Batches, stop: Event) -> None:
    """A daemon that is told to stop does not finish a crawl first."""
    batches.script["/a"] = [refusal(429, Retry_After="900")]
    batches.outer = []
    answer = batches.one

    def one(ask: Json) -> Json | None:
        stop.set()
        return answer(ask)

    batches.one = one  # type: ignore[method-assign]  # for this test
    with pytest.raises(Stopped):
        graph.batch(asks("/a"))


def test_a_sign_in_that_fails_is_raised(graph: Graph, batches: Batches) -> None:
    """It would fail for every question."""

    class NoTokens(GivenTokens):
        def get(self) -> Any:
            raise SignInError("no")

    graph.tokens = NoTokens()
    with pytest.raises(SignInError):
        graph.batch(asks("/a"))


def test_what_sharepoint_says_of_its_limit_counts_for_the_next_batch(
    graph: Graph, batches: Batches, clock: Clock
) -> None:
    """It says it per question; the one that knows of the least left counts."""
    near = [{"RateLimit-Limit": "1250", "RateLimit-Remaining": str(left), "RateLimit-Reset": "30"} for left in (250, 0)]
    batches.script |= {
        path: [{"status": 200, "body": {"value": []}, "headers": headers}]
        for path, headers in zip(("/a", "/b"), near, strict=True)
    }
    graph.batch(asks("/a", "/b"), "sharepoint")
    graph.batch(asks("/c"), "sharepoint")
    assert sum(clock.waits) == pytest.approx(30)


def test_logs_name_no_person(graph: Graph, batches: Batches, caplog: pytest.LogCaptureFixture) -> None:
    """A line for the batch and one for each question that was refused."""
    batches.script["/users/anna.5/drive"] = [refusal(404, request_id="22-bb")]
    with caplog.at_level(logging.DEBUG):
        graph.batch(asks("/users/anna.5/drive"))
    lines = [record.getMessage() for record in caplog.records if record.name == "ibpmon.providers"]
    assert any(line.startswith("GET /users/{id}/drive 404 in a batch request-id=22-bb") for line in lines)
    assert any(line.startswith("POST /$batch of 1 x GET /users/{id}/drive 200") for line in lines)
    assert "anna" not in "".join(lines)


def test_a_query_of_the_audit_log_is_posted(graph: Graph, odd: Odd) -> None:
    """The one question that Graph wants as a post; it answers 201."""
    odd.behaviour["/v1.0/security/auditLog/queries"] = lambda handler: handler.reply(201, b'{"id": "7"}')
    assert graph.post_query("/security/auditLog/queries", {"displayName": "ibpmon"}) == b'{"id": "7"}'
    assert odd.posted == [b'{"displayName":"ibpmon"}']


def test_nothing_else_is_posted(graph: Graph, odd: Odd) -> None:
    """The session looks at what leaves."""
    with pytest.raises(SourceError, match="did not send a request"):
        graph.post_query("/users", {"displayName": "Anna"})
    assert odd.seen == []


def test_every_family_has_a_budget_that_a_batch_can_use() -> None:
    """None is so small that a question would not fit."""
    assert all(limit.requests >= 1 for limit in LIMITS.values())
