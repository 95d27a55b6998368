"""The e-mail queue: mail is enqueued with the result that caused it and sent apart from it, one row per recipient."""
