"""The store: everything that ibpmon keeps, on SQLite or PostgreSQL."""
