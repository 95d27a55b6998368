"""Carries checkpoints of the audit log to where whoever changes the database cannot reach them, and verifies every day.

A signature alone proves little against who has the server: it can sign anew. What was told before, by mail, in a backup, in
the log of the system, in the history of a monitoring, cannot be taken back.
"""
