"""What was sent to whom on a day: e-mails with their execution, files, hashes and the mail server's replies, as one list."""
