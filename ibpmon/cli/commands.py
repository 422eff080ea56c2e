"""The list of commands; a command's own module is imported only when it runs, so that help comes at once."""

from importlib import import_module

import click

from ibpmon import __version__
from ibpmon.language import N_, _

# name -> (module, one line of help)
COMMANDS = {
    "demo": ("ibpmon.cli.demo", N_("Show everything on a fictitious school board, without any account.")),
    "collect": ("ibpmon.cli.work", N_("Read the sources: Microsoft 365 and the files of the board.")),
    "evaluate": ("ibpmon.cli.work", N_("Apply the rules, update the alerts and send the mails.")),
    "report": ("ibpmon.cli.work", N_("Write the review of rights (autorisatie-review) for each owner.")),
    "review": ("ibpmon.cli.review", N_("Reviews of rights: open a round, decide, sign, remind, and open again.")),
    "verify": ("ibpmon.cli.review_pack", N_("See whether an evidence pack of a review is as it was made.")),
    "matrix": (
        "ibpmon.cli.matrix",
        N_("The autorisatiematrix: propose a version, approve it, and see what changed."),
    ),
    "run": ("ibpmon.cli.work", N_("Keep collecting, judging and mailing on schedule (the daemon).")),
    "web": ("ibpmon.cli.web", N_("Serve the pages for people; say who may see what.")),
    "import": ("ibpmon.cli.work", N_("Read what was downloaded from the Entra or Intune admin center.")),
    "digest": ("ibpmon.cli.work", N_("Write and send the mail of the day now: all that nobody was told yet.")),
    "send": ("ibpmon.cli.work", N_("Send the mails that still wait in the outbox.")),
    "check": (
        "ibpmon.cli.check",
        N_("Look whether everything is in place: sign-in, permissions, licences, mail, files."),
    ),
    "canary": ("ibpmon.cli.work", N_("Send a made-up attack through the whole chain, to see that it works.")),
    "status": ("ibpmon.cli.status", N_("What was read, when, what each rule says now, and what is late.")),
    "findings": ("ibpmon.cli.listings", N_("What the rules found and is still there.")),
    "alerts": ("ibpmon.cli.alerts", N_("The alerts: list them, look at one, and say what is done about it.")),
    "outbox": (
        "ibpmon.cli.outbox",
        N_("The mails that nobody has received: list them, send one again, or give it up."),
    ),
    "incidents": (
        "ibpmon.cli.incidents",
        N_("The register of incidents and data breaches, with the 72-hour clock."),
    ),
    "requests": ("ibpmon.cli.requests", N_("The register of privacy requests, with the term of each.")),
    "exceptions": ("ibpmon.cli.exceptions", N_("The accepted risks: list them with their end, or end one now.")),
    "trend": ("ibpmon.cli.trend", N_("What became of the alerts, per week and severity.")),
    "accounts": ("ibpmon.cli.accounts", N_("What each account is, at which school, and why.")),
    "mfa": ("ibpmon.cli.people", N_("Who of the staff can sign in in two steps, and of whom that is unknown.")),
    "devices": ("ibpmon.cli.people", N_("All devices with who uses them; mark one as lost, or as found.")),
    "sessions": ("ibpmon.cli.remote", N_("Who looked along on which device from afar, and who had agreed.")),
    "consent": ("ibpmon.cli.remote", N_("Consent to remote sessions: write it down, list it, end it.")),
    "backup": ("ibpmon.cli.backup", N_("Make a backup now, and see that it can be opened.")),
    "restore": ("ibpmon.cli.backup", N_("Put a backup back, or only try whether that would work.")),
    "ledger": ("ibpmon.cli.ledger", N_("Whether the chain of all that must be provable is whole.")),
    "rules": (
        "ibpmon.cli.rules",
        N_("The rules: what they say, their tests, a trial run, what each reads, and the norms."),
    ),
}
EXIT_CODES = N_(
    "Exit codes: 0 done; 1 failed; 2 wrong command; 3 configuration or file not right; "
    "4 a source could not be read whole, or a mail not sent; 5 another ibpmon is already running."
)


class Commands(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a person needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of this command now."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, cmd_name if cmd_name != "import" else "import_")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list with one line each, from our table: no module is imported for it."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, (module, text) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the exit codes mean."""
        formatter.write_paragraph()
        formatter.write_text(_(EXIT_CODES))


@click.group(
    cls=Commands,
    help=_("Watches over the accounts, rights, devices and sign-ins of a school board."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(version)s")
def ibpmon() -> None:
    """Only a name for the commands under it."""
