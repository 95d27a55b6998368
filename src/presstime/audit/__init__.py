"""The audit log: who changed what and when, in the transaction of the change, so that nobody can deny or hide it later."""
