"""Alerts are given to somebody, and their history is read from the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who works on an alert, and an index to find what the ledger says of it."""
    op.add_column("alert", sa.Column("assigned_to", sa.String(), nullable=False, server_default=""))
    op.create_index(op.f("ix_ledger_tenant_id_ref"), "ledger", ["tenant_id", "ref"])
