"""People hear once of each change: news waits for a mail, alerts have a term and a thread, each period comes once."""

import sqlalchemy as sa
from alembic import op

from ibpmon.store.tables import Json, Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add news and periods, and to each alert when it is due, when people were reminded, and its thread."""
    op.create_table(
        "news",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("news_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("said", Json, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("told_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "news_id", name=op.f("pk_news")),
    )
    untold = sa.text("told_at IS NULL")
    op.create_index(
        op.f("ix_news_tenant_id_news_id"),
        "news",
        ["tenant_id", "news_id"],
        sqlite_where=untold,
        postgresql_where=untold,
    )
    op.create_table(
        "period",
        sa.Column("tenant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "name", name=op.f("pk_period")),
    )
    op.add_column("alert", sa.Column("due_at", Moment(), nullable=True))
    op.add_column("alert", sa.Column("reminded_at", Moment(), nullable=True))
    op.add_column("alert", sa.Column("thread", sa.Text(), nullable=False, server_default=""))
