"""Django's PostgreSQL backend that refuses to commit a change without its entry in the audit log."""
