"""What is found now is counted at every round, however much there once was."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index over the findings that are there."""
    living = sa.text("gone_at IS NULL")
    op.create_index(
        op.f("ix_finding_tenant_id_rule_accepted"),
        "finding",
        ["tenant_id", "rule", "accepted"],
        sqlite_where=living,
        postgresql_where=living,
    )
