"""The database: which driver, which pragmas, which column types; the same models run on SQLite and PostgreSQL."""
