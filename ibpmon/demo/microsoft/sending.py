"""Mail through Graph: a message as JSON, or as MIME in base64, becomes a mail in the mailbox of the simulation."""

import base64
import binascii
import json
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from ibpmon.demo.microsoft import answers
from ibpmon.demo.microsoft.answers import Answer, Json, Refusal, Request
from ibpmon.demo.microsoft.mailbox import Mailbox


def send(request: Request, sender: str, mailbox: Mailbox) -> Answer:
    """Accept a message: 202 and nothing else. Accepted is not delivered."""
    whole = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/plain"
    said = mailbox.accept(mime(request.body, sender) if whole else read(request.body, sender).as_bytes())
    if said.startswith("4"):
        raise answers.unavailable(1)
    if said.startswith("5"):
        raise Refusal(400, "ErrorInvalidRecipients", f"At least one recipient is not valid: {said}")
    return Answer(202)


def mime(body: bytes, sender: str) -> bytes:
    """The mail as it was written, its Message-ID and all."""
    try:
        content = base64.b64decode(body, validate=True)
    except binascii.Error as wrong:
        text = "Invalid base64 string for MIME content."
        raise answers.bad_request(text, "ErrorMimeContentInvalidBase64String") from wrong
    mail = message_from_bytes(content, policy=policy.default)
    if not mail["To"] and not mail["Cc"] and not mail["Bcc"]:
        raise answers.bad_request("At least one recipient is required.", "ErrorInvalidRecipients")
    if mail["From"] and sender.lower() not in str(mail["From"]).lower():
        text = "The account does not have the right to send mail on behalf of the specified sending account."
        raise answers.Refusal(403, "ErrorSendAsDenied", text)
    return content


def read(body: bytes, sender: str) -> EmailMessage:
    """The message as a mail."""
    try:
        message: Json = json.loads(body)["message"]
        return composed(message, sender)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise answers.bad_request("Empty Payload. JSON content expected.", "ErrorInvalidRequest") from wrong


def composed(message: Json, sender: str) -> EmailMessage:
    """Subject, people, text and attachments."""
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, " ".join(str(message.get("subject", "")).split())
    for header, name in (("To", "toRecipients"), ("Cc", "ccRecipients"), ("Reply-To", "replyTo")):
        if people := [str(one["emailAddress"]["address"]) for one in message.get(name, [])]:
            mail[header] = ", ".join(people)
    if "To" not in mail and "Cc" not in mail and not message.get("bccRecipients"):
        raise answers.bad_request("At least one recipient is required.", "ErrorInvalidRecipients")
    for header in message.get("internetMessageHeaders", []):
        mail[own_header(str(header["name"]))] = str(header["value"])
    text = message.get("body", {})
    subtype = "html" if str(text.get("contentType", "text")).lower() == "html" else "plain"
    mail.set_content(str(text.get("content", "")), subtype=subtype)
    for one in message.get("attachments", []):
        attach(mail, one)
    return mail


def own_header(name: str) -> str:
    """A header that a client may add: its name must begin with x-."""
    if not name.lower().startswith("x-"):
        raise answers.bad_request(f"The internet message header name '{name}' should start with 'x-' or 'X-'.")
    return name


def attach(mail: EmailMessage, one: dict[str, Any]) -> None:
    """One file."""
    kind, _, subtype = str(one.get("contentType", "application/octet-stream")).partition("/")
    content = base64.b64decode(one["contentBytes"])
    mail.add_attachment(content, maintype=kind, subtype=subtype or "octet-stream", filename=str(one["name"]))
