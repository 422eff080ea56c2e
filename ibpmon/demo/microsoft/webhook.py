"""A workflow of Teams that waits for a message: it takes cards from whoever knows its address."""

import json
import secrets
from collections import deque
from typing import Any
from urllib.parse import quote

from ibpmon.demo.microsoft.answers import Answer, Refusal, Request

WORKFLOWS = "/workflows/"
TEAMS_FAILED = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429."


class Webhook:
    """Keeps the cards that came in; `say` scripts the next answers."""

    def __init__(self) -> None:
        self.base = ""  # where it listens, known once the server does
        self.cards: list[dict[str, Any]] = []
        self._key, self._workflow = secrets.token_urlsafe(32), secrets.token_hex(16)
        self._script = deque[tuple[int, str, dict[str, str]]]()

    @property
    def url(self) -> str:
        """The address, as Teams shows it once to who made the workflow; who has it may post."""
        options = f"api-version=1&sp={quote('/triggers/manual/run', safe='')}&sv=1.0&sig={self._key}"
        return f"{self.base}{self.path}?{options}"

    @property
    def path(self) -> str:
        """The address without its key."""
        return f"{WORKFLOWS}{self._workflow}/triggers/manual/paths/invoke"

    def say(self, status: int, text: str = "", times: int = 1, **headers: str) -> None:
        """Let it answer so: of what is neither 202 nor 200, and of an error in words, nothing is kept."""
        kept = {name.replace("_", "-"): value for name, value in headers.items()}
        self._script.extend([(status, text, kept)] * times)

    def answer(self, request: Request) -> Answer:
        """Take a card, or do as the script says."""
        if request.path != self.path or request.query.get("sig") != self._key:
            raise Refusal(404, "WorkflowNotFound", "The workflow could not be found.")
        if request.method != "POST":
            raise Refusal(405, "MethodNotAllowed", "Specified HTTP method is not allowed.")
        status, text, headers = self._script.popleft() if self._script else (202, "", {})
        if status == 202 or (status == 200 and text in ("", "1")):
            self.cards.append(card_of(request.body))
        return Answer(status, {"Content-Type": "text/plain", **headers}, text.encode())


def card_of(body: bytes) -> dict[str, Any]:
    """The Adaptive Card of a message, as a workflow that posts cards wants it."""
    try:
        message = json.loads(body)
        (attachment,) = message["attachments"]
        card: dict[str, Any] = attachment["content"]
        fits = message["type"] == "message" and card["type"] == "AdaptiveCard" and card["body"]
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refusal(400, "TriggerInputSchemaMismatch", "The input body does not match the schema.") from wrong
    if not fits or attachment["contentType"] != "application/vnd.microsoft.card.adaptive":
        raise Refusal(400, "TriggerInputSchemaMismatch", "The input body does not match the schema.")
    return card
