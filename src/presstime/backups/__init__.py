"""Backups: a copy of the database every day, encrypted, signed, elsewhere, read back before it counts; and the way back.

What it promises: a backup is `verified` only after its stored bytes were read again, decrypted and found equal to a
snapshot that SQLite (or `pg_restore`) accepts. A crash at any moment leaves the last good backup and the database as
they were. docs/backups.md is the account for operators.
"""
