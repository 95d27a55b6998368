"""Reports and their revisions: every text that was ever saved can be read and run again."""
