"""Django's SQLite with a guard on every connection: what only ever grows is neither changed nor dropped by this program."""
